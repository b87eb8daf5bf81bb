"""Hours and days of a site: UTC quarter hours to intervals of its time zone, +30 and +45 minutes and DST included."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
QUARTERS_PER_DAY = 96
LAST_MS = 1 << 43
"""Later instants (year 2248) are meant by nobody."""
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def offset_ms(zone: str, at_ms: int) -> int:
    """What to add to UTC at this instant to get the zone's wall clock."""
    offset = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(_zone(zone)).utcoffset()
    return round((offset or timedelta()).total_seconds() * 1000)


@lru_cache(maxsize=4096)
def _offsets_of_day(zone: str, utc_day: int) -> int | NDArray[np.int64]:
    """The offset of a UTC day, or one per quarter hour where it changes within the day."""
    start = utc_day * DAY_MS
    first, last = offset_ms(zone, start), offset_ms(zone, start + DAY_MS - 1)
    if first == last:
        return first
    return np.array([offset_ms(zone, start + i * QUARTER_MS) for i in range(QUARTERS_PER_DAY)], np.int64)


def _offsets(zone: str, quarters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offset at the start of each quarter hour (numbers since 1970)."""
    days = quarters // QUARTERS_PER_DAY
    first = int(days.min()) if len(days) else 0
    every = [_offsets_of_day(zone, day) for day in range(first, int(days.max()) + 1)] if len(days) else []
    table = np.array([offsets if isinstance(offsets, int) else 0 for offsets in every], np.int64)
    out = table[days - first]
    for number, offsets in enumerate(every):
        if not isinstance(offsets, int):
            rows = days == first + number
            out[rows] = offsets[quarters[rows] % QUARTERS_PER_DAY]
    return out


def local_days(zone: str, quarters: NDArray[np.int64]) -> NDArray[np.int64]:
    """The zone's calendar day (days since 1970) of each quarter hour."""
    return (quarters * QUARTER_MS + _offsets(zone, quarters)) // DAY_MS


def _steady(zone: str, first: int, last: int, offset: int) -> bool:
    """Whether the offset is the same at both ends."""
    return bool((_offsets(zone, np.array([first]))[0] == offset) and (_offsets(zone, np.array([last]))[0] == offset))


def local_hours(zone: str, quarters: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First quarter hour of the wall-clock hour of each quarter hour, and how many quarter hours that hour has.

    An hour in which the clock is put forward or back by half an hour is cut there.
    """
    offsets = _offsets(zone, quarters)
    wall = quarters * QUARTER_MS + offsets
    first = (wall // HOUR_MS * HOUR_MS - offsets) // QUARTER_MS
    length = np.full(len(quarters), 4, np.int64)
    if len(quarters) and (offsets == offsets[0]).all() and _steady(zone, int(first.min()), int(first.max()) + 3, int(offsets[0])):
        return first, length
    cut = (_offsets(zone, first) != offsets) | (_offsets(zone, first + 3) != offsets)
    for row in np.flatnonzero(cut):
        members = int(first[row]) + np.arange(4, dtype=np.int64)
        same = members[_offsets(zone, members) == offsets[row]]
        first[row], length[row] = same[0], len(same)
    return first, length


@lru_cache(maxsize=4096)
def day_bounds(zone: str, day: int) -> tuple[int, int]:
    """Start and end (UTC ms) of the zone's calendar day, given in days since 1970."""
    return _midnight(zone, day), _midnight(zone, day + 1)


def _midnight(zone: str, day: int) -> int:
    first = date.fromordinal(EPOCH_ORDINAL + day)
    return round(datetime(first.year, first.month, first.day, tzinfo=_zone(zone)).timestamp() * 1000)


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH_ORDINAL


def day_date(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + EPOCH_ORDINAL)


def month_of_quarters(quarters: NDArray[np.int64]) -> NDArray[np.int64]:
    """UTC months since 1970 in which quarter hours begin."""
    instants = (quarters * QUARTER_MS).astype("datetime64[ms]")
    return instants.astype("datetime64[M]").astype(np.int64)
