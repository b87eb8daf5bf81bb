"""What an ECHONET Lite object says of itself when it is commissioned: kind, rated power, clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.drivers.contract import Description
from backend.drivers.echonet.description import DATE, TIME, description, wanted
from backend.drivers.echonet.tables import TABLES
from backend.model.device import DeviceKind

TOKYO = ZoneInfo("Asia/Tokyo")
PV = TABLES[0x0279]
NOON = round(datetime(2026, 11, 24, 12, 0, 30, tzinfo=TOKYO).timestamp() * 1000)


@pytest.mark.parametrize(
    ("rated", "date", "time", "expected"),
    [
        ("1388", "07ea0b18", "0c00", Description(DeviceKind.INVERTER, 5000.0, NOON)),
        ("ffff", "07ea0b18", "0c00", Description(DeviceKind.INVERTER, None, NOON)),
        ("0000", "00000000", "0c00", Description(DeviceKind.INVERTER)),
        ("1388", "07ea0b18", "1d00", Description(DeviceKind.INVERTER, 5000.0)),
        ("", "", "", Description(DeviceKind.INVERTER)),
    ],
)
def test_rated_power_and_clock(rated: str, date: str, time: str, expected: Description) -> None:
    values = {0xE8: bytes.fromhex(rated), DATE: bytes.fromhex(date), TIME: bytes.fromhex(time)}
    assert description(PV, values, TOKYO) == expected


def test_only_what_the_object_lists_is_asked() -> None:
    assert wanted(PV, {0x80, 0xE8, TIME}) == {0xE8, TIME}
    assert wanted(TABLES[0x0011], {0xE8, TIME, DATE}) == {TIME, DATE}
    assert wanted(None, {0xE8}) == set()
    assert description(None, {}, TOKYO) == Description()
