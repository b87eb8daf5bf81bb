"""From local times to instants: zones with daylight saving, loggers that follow it and loggers that do not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are counted from here, in whatever zone they are
HOUR_S: Final = 3600
_DAY: Final = timedelta(days=1)


class Saving(StrEnum):
    """What a logger does in summer."""

    FOLLOWS = "follows"
    """Its clock is changed."""
    NONE = "none"
    """It keeps standard time all year."""


def zone_of(name: str) -> tzinfo:
    """An IANA zone, or a fixed offset such as ``+09:00``. Raises ``ValueError``."""
    if name[:1] in "+-" or name == "UTC":
        return datetime.fromisoformat(f"2000-01-01T00:00{'+00:00' if name == 'UTC' else name}").tzinfo or UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(name) from error


def seconds_of(naive: datetime) -> int:
    """A local time as a number, by which local times are compared."""
    return round((naive - EPOCH).total_seconds())


class LocalClock:
    """Turns naive local times into instants, in the order of the file: only by it are two halves of a doubled hour told apart."""

    def __init__(self, zone: tzinfo, saving: Saving) -> None:
        self._zone, self._saving = zone, saving
        self._fixed = zone.utcoffset(None) if isinstance(zone, timezone) else None
        self._last: datetime | None = None
        self._second = False
        self._hours: dict[datetime, tuple[timedelta, timedelta]] = {}

    def at_ms(self, at: datetime) -> int | None:
        """Milliseconds since 1970; None for an hour that the clock leaps over. Times with an offset speak for themselves."""
        if at.tzinfo is not None:
            offset = at.utcoffset() or timedelta(0)
            return _ms(at.replace(tzinfo=None) - EPOCH - offset)
        if self._fixed is not None:
            return _ms(at - EPOCH - self._fixed)
        first, second = self._offsets(at)
        if first == second:
            self._last, self._second = at, False
            return _ms(at - EPOCH - first)
        if first < second:
            # The clock leaps forward here: nobody ever saw this time.
            return None
        if self._last is not None and at <= self._last:
            self._second = True
        self._last = at
        return _ms(at - EPOCH - (second if self._second else first))

    def _offsets(self, at: datetime) -> tuple[timedelta, timedelta]:
        """Offset before and after a change of the clock; two equal ones everywhere else."""
        quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        known = self._hours.get(quarter)
        if known is None:
            if len(self._hours) > 50_000:
                self._hours.clear()
            known = self._hours[quarter] = self._look_up(quarter)
        return known

    def _look_up(self, at: datetime) -> tuple[timedelta, timedelta]:
        if self._saving is Saving.NONE:
            standard = standard_offset(self._zone, at)
            return standard, standard
        return _offset(self._zone, at), _offset(self._zone, at.replace(fold=1))


def _ms(delta: timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return zone.utcoffset(at) or timedelta(0)


def standard_offset(zone: tzinfo, at: datetime) -> timedelta:
    """The offset without daylight saving."""
    return _offset(zone, at) - (zone.dst(at) or timedelta(0))


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which the clocks of a zone are changed, as local times."""

    start_s: int
    """First local second that is left out, or that comes twice."""
    length_s: int
    forward: bool


def changes(zone: tzinfo, first: datetime, last: datetime) -> list[Change]:
    """All changes between two local times."""
    found: list[Change] = []
    day = first - _DAY
    while day <= last + _DAY:
        before, after = _offset(zone, day), _offset(zone, day + _DAY)
        if before != after:
            found.append(_change(zone, day, before, after))
        day += _DAY
    return [
        change for change in found if seconds_of(first) <= change.start_s + change.length_s and change.start_s <= seconds_of(last)
    ]


def _change(zone: tzinfo, low: datetime, before: timedelta, after: timedelta) -> Change:
    high = low + _DAY
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    # Both a left out hour and the first pass of a doubled one have the old offset: the search stops at their end.
    length_s = abs(round((after - before).total_seconds()))
    return Change(round(seconds_of(high) / 60) * 60 - length_s, length_s, after > before)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the times of a file say of its logger's clock."""

    follows: int = 0
    """Changes at which an hour comes twice: that only happens to a clock that is changed."""
    keeps: int = 0
    """Changes at which there are rows in the hour that is left out, or the doubled one comes once."""
    skips: int = 0
    """Changes at which just the hour that is left out is missing, which may be chance."""

    @property
    def verdict(self) -> Saving | None:
        """None where nothing is certain."""
        if self.follows and not self.keeps:
            return Saving.FOLLOWS
        if self.keeps and not self.follows and not self.skips:
            return Saving.NONE
        return None

    @property
    def likely(self) -> Saving:
        """What speaks most for itself."""
        return Saving.FOLLOWS if self.follows + self.skips >= self.keeps else Saving.NONE


def weigh(local_s: NDArray[np.int64], around: list[Change]) -> Evidence:
    """Look at the rows around every change, by their local seconds in the order of the file."""
    follows = keeps = skips = 0
    for change in around:
        start, length = change.start_s, change.length_s
        before, inside, after = (
            int(np.count_nonzero((local_s >= low) & (local_s < low + length))) for low in (start - length, start, start + length)
        )
        if not before or not after:
            continue
        if change.forward:
            keeps += inside > 0
            skips += inside == 0
        else:
            doubled = inside > 1.5 * before
            follows += doubled
            keeps += 0 < inside <= before and not doubled
    return Evidence(follows, keeps, skips)
