"""Our tables against the definitions inside of pychonet: the same bytes give the same numbers, where it decodes them at all."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.echonet.feeds import Feed, choose
from backend.drivers.echonet.number import Absence, read
from backend.drivers.echonet.tables import TABLES
from backend.drivers.echonet.tables.rows import Row

pytest.importorskip("pychonet")

CLASSES = {
    0x0011: "TemperatureSensor",
    0x0012: "HumiditySensor",
    0x001B: "CO2Sensor",
    0x001D: "VO2Sensor",
    0x0022: "ElectricEnergySensor",
    0x0023: "CurrentSensor",
    0x0279: "HomeSolarPower",
    0x027D: "StorageBattery",
    0x027E: "ElectricVehicleChargerDischarger",
    0x0287: "DistributionPanelMeter",
    0x0288: "LowVoltageSmartElectricEnergyMeter",
    0x02A1: "ElectricVehicleCharger",
    0x02A5: "MultipleInputPCS",
}
TENTHS = {(0x0011, 0xE0), (0x0287, 0xC7), (0x0287, 0xC8), (0x0288, 0xE8)}
"""pychonet divides these itself; all others it gives as they are counted."""
UNSIGNED_THERE = {(0x0011, 0xE0), (0x0022, 0xE1), (0x0022, 0xE2), (0x0022, 0xE3), (0x0023, 0xE2)}
"""The appendix has these signed, pychonet does not: frost becomes 6,500 degrees there."""
SIGNED_THERE = {(0x0287, 0xC8)}
"""A voltage, unsigned in the appendix."""


def oracle(code: int) -> dict[int, Any]:
    """What pychonet does with each property of a class."""
    module = importlib.import_module(f"pychonet.{CLASSES[code]}")
    functions: dict[int, Any] = getattr(module, CLASSES[code]).EPC_FUNCTIONS
    return functions


def decoded(function: Any, edt: bytes) -> Any:
    call: Callable[..., Any] = function[0] if isinstance(function, list) else function
    return call(edt, *function[1:]) if isinstance(function, list) else call(edt)


def compared(code: int) -> list[Row]:
    functions = oracle(code)
    return [row for row in TABLES[code].rows if row.epc in functions and not (code == 0x0287 and row.epc >= 0xD0)]


ROWS = [(code, row) for code in CLASSES for row in compared(code)]


@pytest.mark.parametrize(("code", "row"), ROWS, ids=[f"{code:04X}-{row.epc:02X}-{row.spec.name}" for code, row in ROWS])
def test_numbers_are_those_of_pychonet(code: int, row: Row) -> None:
    function = oracle(code)[row.epc]
    length = row.number.length or row.number.size

    @given(st.binary(min_size=length, max_size=length))
    def same(edt: bytes) -> None:
        ours = read(row.number, edt)
        theirs = decoded(function, edt)
        if isinstance(ours, Absence):
            return
        if isinstance(theirs, dict):
            theirs = list(theirs.values())[row.number.at // row.number.size]
        assert theirs is not None
        counted = round(theirs * 10) if (code, row.epc) in TENTHS else theirs
        if (code, row.epc) in UNSIGNED_THERE and ours < 0:
            counted -= 1 << 8 * row.number.size
        if (code, row.epc) in SIGNED_THERE and counted < 0:
            counted += 1 << 8 * row.number.size
        assert counted == ours

    same()


def test_nothing_that_pychonet_knows_is_left_out() -> None:
    compared_epcs = {(code, row.epc) for code, row in ROWS if code != 0x0287}
    wanted = {(code, row.epc) for code in CLASSES for row in TABLES[code].rows if code != 0x0287}
    assert wanted == compared_epcs


@given(st.integers(0, 0x7FFFFFFD), st.integers(0, 9))
def test_units_of_meters(count: int, code: int) -> None:
    from pychonet.DistributionPanelMeter import _0287C2
    from pychonet.LowVoltageSmartElectricEnergyMeter import _0288E1

    said = {0xE1: bytes((code,)), 0xE0: count.to_bytes(4), 0xC2: bytes((code,))}
    theirs = _0288E1(said[0xE1])
    assert theirs == _0287C2(said[0xC2])
    for table, unit in ((0x0288, 0xE1), (0x0287, 0xC2)):
        register = 0xE0 if table == 0x0288 else 0xC0
        feeds, _ = choose(TABLES[table], frozenset((unit, register)), said)
        ours = feeds[0].factor
        assert (ours is None) == (theirs is None)
        assert ours is None or ours == pytest.approx(theirs * 1000)


@given(st.integers(1, 20), st.lists(st.integers(-0x7FFFFFFF, 0x7FFFFFFD), min_size=1, max_size=20))
def test_channels_of_a_board(first: int, powers: list[int]) -> None:
    from pychonet.DistributionPanelMeter import _0287B7

    edt = bytes((first, len(powers))) + b"".join(power.to_bytes(4, signed=True) for power in powers)
    feeds: list[Feed] = choose(TABLES[0x0287], frozenset((0xB7,)), {0xB7: edt})[0]
    theirs: dict[str, Any] = _0287B7(edt)
    assert [feed.spec.name for feed in feeds] == [f"circuit{theirs['start'] + i}_power" for i in range(theirs["range"])]
    assert [read(feed.number, edt) for feed in feeds] == theirs["values"]
