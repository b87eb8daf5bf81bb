"""Registers by half hours: which are missing here, and what a meter's own log says of them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

HALF_HOUR_MS: Final = 1_800_000
DAY_MS: Final = 86_400_000
FURTHEST_DAYS: Final = 99
"""So far back a meter remembers."""
PER_DAY: Final = 48
_HEAD: Final = 2
_ATTEMPTS: Final = 3


def missing(times_ms: Sequence[int], longest_ms: int) -> list[int]:
    """Half-hour instants inside of the gaps between readings, by time; a pause up to ``longest_ms`` is none.

    A reading that was fetched from the log bounds a gap like any other, so that nothing is fetched twice.
    """
    found: list[int] = []
    for before, after in pairwise(times_ms):
        if after - before > longest_ms:
            found += range(before // HALF_HOUR_MS * HALF_HOUR_MS + HALF_HOUR_MS, after, HALF_HOUR_MS)
    return found


def instants(day: date, zone: ZoneInfo) -> list[int]:
    """When the 48 registers of a day were taken, from midnight on, by the meter's wall clock."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return [round((midnight + timedelta(minutes=30 * index)).timestamp() * 1000) for index in range(PER_DAY)]


def day_of(at_ms: int, zone: ZoneInfo) -> date:
    """The meter's calendar day."""
    return datetime.fromtimestamp(at_ms / 1000, zone).date()


def registers(edt: bytes, days_back: int) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of each register of a log. Raises ``ValueError`` where it speaks of another day or is cut off."""
    if len(edt) < _HEAD + 4 * PER_DAY:
        raise ValueError(f"a log of {len(edt)} bytes")
    if int.from_bytes(edt[:_HEAD]) != days_back:
        raise ValueError(f"the log of day {int.from_bytes(edt[:_HEAD])} instead of {days_back}")
    return ((index, edt[_HEAD + 4 * index : _HEAD + 4 * index + 4]) for index in range(PER_DAY))


@dataclass(slots=True)
class Slots:
    """Instants that are to be fetched, by name of the point; one day after the other, the newest first."""

    wanted: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    _failures: dict[date, int] = field(default_factory=dict[date, int])

    def add(self, name: str, at_ms: Sequence[int]) -> None:
        """These too."""
        if at_ms:
            self.wanted.setdefault(name, set()).update(at_ms)

    def newest_day(self, now_ms: int, zone: ZoneInfo) -> date | None:
        """The day to ask for next; what is too old by now is given up."""
        oldest_ms = now_ms - FURTHEST_DAYS * DAY_MS
        for at_ms in self.wanted.values():
            at_ms -= {each for each in at_ms if each < oldest_ms}
        newest = max((max(at_ms) for at_ms in self.wanted.values() if at_ms), default=None)
        return None if newest is None else day_of(newest, zone)

    def take(self, day: date, zone: ZoneInfo) -> dict[str, set[int]]:
        """Everything of a day; it is not wanted any more."""
        of_day = set(instants(day, zone))
        taken = {name: at_ms & of_day for name, at_ms in self.wanted.items()}
        self.drop(day, zone)
        return taken

    def failed(self, day: date, zone: ZoneInfo) -> None:
        """The log of a day could not be read; after some attempts it is given up."""
        self._failures[day] = self._failures.get(day, 0) + 1
        if self._failures[day] >= _ATTEMPTS:
            self.drop(day, zone)

    def drop(self, day: date, zone: ZoneInfo) -> None:
        """Nothing of a day is wanted any more."""
        start_ms = instants(day, zone)[0]
        for at_ms in self.wanted.values():
            at_ms -= {each for each in at_ms if start_ms <= each < start_ms + DAY_MS + HALF_HOUR_MS and day_of(each, zone) == day}
        self._failures.pop(day, None)
