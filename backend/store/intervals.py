"""Pure steps from readings of one hour to minutes, and from quarter hours to the hours and days of a site."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.counters import CounterRules, CounterState, Finding, difference
from backend.store.calendar import DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_MS, day_bounds, local_days, local_hours
from backend.store.statistics import UNKNOWN, Standing, Stats, gather, is_good, tally, with_energy

MINUTES = 60
MINUTES_PER_QUARTER = 15


@dataclass(frozen=True, slots=True)
class Gap:
    """Energy of a counter from one reading to another that belongs into no quarter hour of the hour of the second.

    Either nothing was heard for long (real, but of no interval shorter than that time), or the register was read exactly
    on the hour and speaks of the time before.
    """

    from_ms: int
    to_ms: int
    energy: int
    """Scaled by 10**digits of the point."""

    def lies_in(self, width_ms: int) -> bool:
        """Whether all of it lies in one interval of this width."""
        return self.from_ms // width_ms == (self.to_ms - 1) // width_ms


@dataclass(frozen=True, slots=True)
class Carry:
    """What the next hour needs of everything before it."""

    standing: Standing | None = None
    counter: CounterState = field(default_factory=CounterState)


@dataclass(frozen=True, slots=True)
class HourRoll:
    """One hour of one point, rolled up."""

    minutes: Stats
    quarters: Stats
    gaps: tuple[Gap, ...]
    """Those that are in no quarter hour above."""
    findings: tuple[Finding, ...]
    carry: Carry


def roll_hour(
    rows: Columns,
    hour: int,
    digits: int,
    hold_ms: int,
    counter: CounterRules | None,
    carry: Carry,
    replaced_ms: Sequence[int] = (),
) -> HourRoll:
    """Minutes and quarter hours of one UTC hour; ``rows`` are the point's readings in it, by time, at least one.

    ``replaced_ms`` are instants at which the device came back as another one.
    """
    start_ms = hour * HOUR_MS
    minutes = tally(rows, digits, hold_ms, carry.standing, start_ms, MINUTE_MS, MINUTES)
    standing = standing_of(rows, digits)
    if counter is None:
        return HourRoll(minutes.stats(), minutes.by(MINUTES_PER_QUARTER).stats(), (), (), Carry(standing))
    # Registers are rounded, not their differences: many small differences would all be rounded the same way.
    register = np.round(rows.value, digits)
    result = difference(carry.counter, counter, rows.at_ms, register, is_good(rows, digits), replaced_ms)
    scaled = np.rint(result.energy * 10.0**digits)
    minute = (result.booked_ms - start_ms) // MINUTE_MS
    apart = result.recovered | (minute < 0)
    booked = np.bincount(minute[~apart], minlength=MINUTES)
    energy = np.bincount(minute[~apart], scaled[~apart], MINUTES).astype(np.int64)
    minutes.energy[:] = np.where(booked > 0, energy, UNKNOWN)
    gaps = [Gap(int(result.from_ms[row]), int(result.to_ms[row]), int(scaled[row])) for row in np.flatnonzero(apart)]
    quarters = minutes.by(MINUTES_PER_QUARTER).stats()
    within = [gap for gap in gaps if gap.lies_in(QUARTER_MS) and gap.from_ms >= start_ms]
    quarters = book(quarters, [(gap.from_ms // QUARTER_MS, gap.energy) for gap in within])
    outside = tuple(gap for gap in gaps if gap not in within)
    return HourRoll(minutes.stats(), quarters, outside, result.findings, Carry(standing, result.state))


def standing_of(rows: Columns, digits: int) -> Standing:
    """The last of some readings."""
    last = rows.take(slice(len(rows) - 1, len(rows)))
    good = bool(is_good(last, digits)[0])
    return Standing(int(last.at_ms[0]), float(last.value[0]) if good else 0.0, good)


def site_hours(quarters: Stats, gaps: Sequence[Gap], zone: str) -> tuple[Stats, NDArray[np.int64]]:
    """Hours by the site's wall clock: statistics with the first quarter hour as slot, and their lengths (ms)."""
    first, _ = local_hours(zone, quarters.slot)
    hours = gather(quarters, first)
    booked = [(slot, gap.energy) for gap in gaps if (slot := _hour_of_gap(gap, zone)) is not None]
    hours = book(hours, booked)
    _, lengths = local_hours(zone, hours.slot)
    return hours, lengths * QUARTER_MS


def site_days(quarters: Stats, gaps: Sequence[Gap], zone: str) -> tuple[Stats, NDArray[np.int64]]:
    """Calendar days of the site: statistics with the day number as slot, and their lengths (ms)."""
    days = gather(quarters, local_days(zone, quarters.slot))
    booked = [(day, gap.energy) for gap in gaps if (day := day_of_gap(gap, zone)) is not None]
    days = book(days, booked)
    bounds = [day_bounds(zone, int(day)) for day in days.slot]
    return days, np.array([end - start for start, end in bounds], np.int64)


def day_starts(zone: str, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """UTC instants at which these days begin."""
    return np.array([day_bounds(zone, int(day))[0] for day in days], np.int64)


def book(stats: Stats, booked: list[tuple[int, int]]) -> Stats:
    """The same with (interval, scaled energy) added."""
    if not booked:
        return stats
    slots, energies = (np.array(column, np.int64) for column in zip(*booked, strict=True))
    return with_energy(stats, slots, energies)


def _hour_of_gap(gap: Gap, zone: str) -> int | None:
    ends = np.array([gap.from_ms // QUARTER_MS, (gap.to_ms - 1) // QUARTER_MS])
    first, _ = local_hours(zone, ends)
    return int(first[0]) if first[0] == first[1] else None


def day_of_gap(gap: Gap, zone: str) -> int | None:
    """The site's day in which all of a gap lies."""
    if gap.to_ms - gap.from_ms > 2 * DAY_MS:
        return None
    days = local_days(zone, np.array([gap.from_ms // QUARTER_MS, (gap.to_ms - 1) // QUARTER_MS]))
    return int(days[0]) if days[0] == days[1] else None
