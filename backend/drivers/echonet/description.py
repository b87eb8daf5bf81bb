"""What an object says of itself beyond its nameplate: rated power and clock. Pure."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from backend.drivers.contract import Description
from backend.drivers.echonet.tables.rows import Table, Values

RATED: Final = {0x0279: 0xE8}
"""Rated power in W, by class."""
TIME, DATE = 0x97, 0x98
_NOT_SET: Final = 0xFFFD
_HALF_A_MINUTE_MS: Final = 30_000
"""The clock tells no seconds."""


def wanted(table: Table | None, listed: Collection[int]) -> frozenset[int]:
    """EPCs to ask for."""
    rated = {RATED[table.code]} if table is not None and table.code in RATED else set[int]()
    return frozenset((rated | {TIME, DATE}) & set(listed))


def description(table: Table | None, values: Values, zone: ZoneInfo) -> Description:
    """From what ``wanted`` gave."""
    rated = int.from_bytes(values.get(RATED.get(table.code if table else 0, 0), b""))
    return Description(
        table.kind if table else None,
        float(rated) if 0 < rated <= _NOT_SET else None,
        _clock_ms(values.get(DATE, b""), values.get(TIME, b""), zone),
    )


def _clock_ms(date: bytes, time: bytes, zone: ZoneInfo) -> int | None:
    """None where it is not set."""
    if len(date) != 4 or len(time) != 2:
        return None
    try:
        moment = datetime(int.from_bytes(date[:2]), date[2], date[3], time[0], time[1], tzinfo=zone)
    except ValueError:
        return None
    return round(moment.timestamp() * 1000) + _HALF_A_MINUTE_MS
