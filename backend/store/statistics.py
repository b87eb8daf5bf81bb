"""Pure arithmetic of roll-ups: minimum, time-weighted mean, maximum, energy and coverage of one point per interval.

A value stands from its own time until the point's next reading of whatever quality, but no longer than ``hold_ms``.
Everything is counted in scaled integers, so that quarters of minutes and days of quarters add up exactly.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.store.contract import Rollup

GOOD_BELOW = 0x40000000
LARGEST = 2**52
UNKNOWN = -1
"""Energy of an interval in which no difference is known."""
_HIGH = np.iinfo(np.int64).max
_LOW = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Stats:
    """Statistics per interval as integers, scaled by 10**digits of the point. Parallel arrays, by time."""

    slot: NDArray[np.int64]
    """Number of the interval since 1970."""
    minimum: NDArray[np.int64]
    maximum: NDArray[np.int64]
    area: NDArray[np.int64]
    """Integral of (value - minimum) over the covered milliseconds."""
    covered_ms: NDArray[np.int64]
    energy: NDArray[np.int64]
    """``UNKNOWN`` where no difference is known."""

    def __len__(self) -> int:
        return len(self.slot)

    @classmethod
    def empty(cls) -> "Stats":
        """No intervals."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Stats":
        """The chosen rows."""
        return Stats(
            self.slot[rows], self.minimum[rows], self.maximum[rows], self.area[rows], self.covered_ms[rows], self.energy[rows]
        )

    @staticmethod
    def concatenate(parts: "list[Stats]") -> "Stats":
        """All rows of all parts, in order."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return Stats.empty()
        return Stats(
            np.concatenate([part.slot for part in parts]),
            np.concatenate([part.minimum for part in parts]),
            np.concatenate([part.maximum for part in parts]),
            np.concatenate([part.area for part in parts]),
            np.concatenate([part.covered_ms for part in parts]),
            np.concatenate([part.energy for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """The last reading before a window, which may still stand in it."""

    at_ms: int
    value: float
    good: bool


def is_good(rows: Columns, digits: int) -> NDArray[np.bool_]:
    """Rows that may enter totals."""
    with np.errstate(invalid="ignore"):
        return (rows.quality < GOOD_BELOW) & (np.abs(rows.value) < LARGEST / 10.0**digits)


@dataclass(frozen=True, slots=True)
class Tally:
    """Statistics of neighbouring intervals, empty ones included; the areas count from ``base``."""

    first_slot: int
    base: int
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    area: NDArray[np.int64]
    covered_ms: NDArray[np.int64]
    energy: NDArray[np.int64]

    def stats(self) -> Stats:
        """The intervals that hold something."""
        covered = self.covered_ms > 0
        rows = np.flatnonzero(covered | (self.energy != UNKNOWN))
        covered, low, time = covered[rows], self.low[rows], self.covered_ms[rows]
        low = np.where(covered, low, 0)
        area = self.area[rows] - np.where(covered, low - self.base, 0) * time
        return Stats(self.first_slot + rows, low, np.where(covered, self.high[rows], 0), area, time, self.energy[rows])

    def by(self, count: int) -> "Tally":
        """The same in intervals ``count`` times as long."""
        energy = self.energy.reshape(-1, count)
        known = energy != UNKNOWN
        return Tally(
            self.first_slot // count,
            self.base,
            self.low.reshape(-1, count).min(axis=1),
            self.high.reshape(-1, count).max(axis=1),
            self.area.reshape(-1, count).sum(axis=1),
            self.covered_ms.reshape(-1, count).sum(axis=1),
            np.where(known.any(axis=1), np.where(known, energy, 0).sum(axis=1), UNKNOWN),
        )


def tally(rows: Columns, digits: int, hold_ms: int, standing: Standing | None, start_ms: int, width_ms: int, slots: int) -> Tally:
    """Statistics of one point's readings (by time, all within the window) for ``slots`` intervals from ``start_ms`` on.

    Energy is left unknown.
    """
    at_ms, good, value = rows.at_ms, is_good(rows, digits), rows.value
    if standing is not None:
        at_ms = np.concatenate(([standing.at_ms], at_ms))
        good = np.concatenate(([standing.good], good))
        value = np.concatenate(([standing.value], value))
    edges = start_ms + width_ms * np.arange(slots + 1)
    lasting = np.empty(len(at_ms), np.int64)
    np.subtract(at_ms[1:], at_ms[:-1], out=lasting[:-1])
    lasting[-1] = edges[-1] - at_ms[-1]
    np.minimum(lasting, hold_ms, out=lasting)
    starts = at_ms
    if standing is not None:
        starts = np.maximum(at_ms, start_ms)
        lasting[0] = max(lasting[0] - (start_ms - standing.at_ms), 0)
    scaled = np.rint(value * 10.0**digits) if good.all() else np.rint(np.where(good, value, 0.0) * 10.0**digits)
    scaled = scaled.astype(np.int64)
    lasting *= good
    stood = scaled[lasting > 0]
    base = int(stood.min()) if len(stood) else 0
    covered, area = _between(edges, starts, lasting, scaled - base)
    low, high = _extremes(edges, starts, lasting, scaled)
    return Tally(start_ms // width_ms, base, low, high, area, covered, np.full(slots, UNKNOWN, np.int64))


def _between(
    edges: NDArray[np.int64], starts: NDArray[np.int64], lasting: NDArray[np.int64], above: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Covered time and area between neighbouring edges."""
    time = np.concatenate(([0], np.cumsum(lasting)))
    area = np.concatenate(([0], np.cumsum(above * lasting)))
    row = np.searchsorted(starts, edges, "right") - 1
    before = row < 0
    row[before] = 0
    if not len(starts):
        return np.zeros(len(edges) - 1, np.int64), np.zeros(len(edges) - 1, np.int64)
    inside = np.where(before, 0, np.minimum(edges - starts[row], lasting[row]))
    return np.diff(time[row] + inside), np.diff(area[row] + above[row] * inside)


def _extremes(
    edges: NDArray[np.int64],
    starts: NDArray[np.int64],
    lasting: NDArray[np.int64],
    scaled: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Smallest and largest value that stands in each interval."""
    begin = edges[:-1]
    first = np.searchsorted(starts, begin, "left")
    held = first - 1
    stands = held >= 0
    held[~stands] = 0
    stop = np.searchsorted(starts, edges[1:], "left")
    filled = stop > first
    stood = lasting > 0
    low_of = np.append(np.where(stood, scaled, _HIGH), _HIGH)
    high_of = np.append(np.where(stood, scaled, _LOW), _LOW)
    low = np.where(filled, np.minimum.reduceat(low_of, first), _HIGH)
    high = np.where(filled, np.maximum.reduceat(high_of, first), _LOW)
    if len(starts):
        stands &= starts[held] + lasting[held] > begin
        low = np.where(stands, np.minimum(low, low_of[held]), low)
        high = np.where(stands, np.maximum(high, high_of[held]), high)
    return low, high


def with_energy(stats: Stats, slot: NDArray[np.int64], energy: NDArray[np.int64]) -> Stats:
    """The same with scaled energies booked to their intervals; intervals with energy alone are added."""
    if not len(slot):
        return stats
    slots = np.union1d(stats.slot, slot)
    at = np.searchsorted(slots, stats.slot)
    booked = np.searchsorted(slots, slot)
    out = Stats(slots, *(np.zeros(len(slots), np.int64) for _ in range(5)))
    for name in ("minimum", "maximum", "area", "covered_ms"):
        getattr(out, name)[at] = getattr(stats, name)
    out.energy[:] = UNKNOWN
    known = stats.energy != UNKNOWN
    out.energy[at[known]] = stats.energy[known]
    touched = np.unique(booked)
    out.energy[touched] = np.maximum(out.energy[touched], 0)
    np.add.at(out.energy, booked, energy)
    return out


def gather(stats: Stats, interval: NDArray[np.int64]) -> Stats:
    """Combine neighbours with the same interval number (ascending) into one each."""
    if not len(stats):
        return stats
    first = np.flatnonzero(np.diff(interval, prepend=interval[0] - 1))
    covered = stats.covered_ms > 0
    low_of = np.where(covered, stats.minimum, _HIGH)
    low = np.minimum.reduceat(low_of, first)
    high = np.maximum.reduceat(np.where(covered, stats.maximum, _LOW), first)
    counts = np.diff(np.append(first, len(stats)))
    lift = np.where(covered, stats.minimum - np.repeat(np.where(low == _HIGH, 0, low), counts), 0)
    area = np.add.reduceat(stats.area + lift * stats.covered_ms, first)
    time = np.add.reduceat(stats.covered_ms, first)
    known = np.add.reduceat((stats.energy != UNKNOWN).astype(np.int64), first)
    energy = np.add.reduceat(np.where(stats.energy == UNKNOWN, 0, stats.energy), first)
    none = time == 0
    low, high = np.where(none, 0, low), np.where(none, 0, high)
    return Stats(interval[first], low, high, area, time, np.where(known > 0, energy, UNKNOWN))


def present(stats: Stats, digits: int, start_ms: NDArray[np.int64], length_ms: NDArray[np.int64] | int) -> Rollup:
    """As floating-point figures for readers."""
    power = 10.0**digits
    covered = stats.covered_ms > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (stats.minimum + stats.area / stats.covered_ms) / power
    return Rollup(
        start_ms,
        np.where(covered, stats.minimum / power, np.nan),
        np.where(covered, mean, np.nan),
        np.where(covered, stats.maximum / power, np.nan),
        np.where(stats.energy != UNKNOWN, stats.energy / power, np.nan),
        stats.covered_ms / length_ms,
    )
