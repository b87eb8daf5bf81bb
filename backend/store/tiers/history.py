"""One point's past for readers: sealed chunks and roll-ups, and what is not sealed yet rolled up on the spot."""

from collections.abc import Mapping
from datetime import date
from math import nan

import numpy as np

from backend.model.columns import Columns
from backend.store.calendar import (
    DAY_MS,
    HOUR_MS,
    LAST_MS,
    MINUTE_MS,
    QUARTER_MS,
    day_bounds,
    day_date,
    day_number,
    local_days,
    local_hours,
    month_of_quarters,
)
from backend.store.contract import Level, Rollup
from backend.store.intervals import Gap, book, day_of_gap, site_days, site_hours
from backend.store.rows import merge
from backend.store.statistics import UNKNOWN, Stats, present
from backend.store.tiers import search
from backend.store.tiers.ahead import Ahead, Wanted
from backend.store.tiers.keys import POINT_BITS
from backend.store.tiers.open_hours import OpenHours
from backend.store.tiers.points import PointFacts
from backend.store.tiers.tables import Tables

QUARTERS_PER_HOUR = 4
MINUTES_PER_HOUR = 60


def wanted_of(point: int, level: Level | None, start_ms: int, end_ms: int) -> Wanted | None:
    """The rows that the answer about a point's past needs; None where they are found by themselves."""
    match level:
        case None:
            return Wanted("chunk", search.hours_of(start_ms, end_ms), point)
        case Level.MINUTE:
            return Wanted("minute", search.hours_of(start_ms, end_ms), point)
        case Level.QUARTER:
            return Wanted("quarter", search.days_of(start_ms, end_ms), point)
        case _:
            return None


Figures = tuple[float, float, float, float, float]


class History:
    """Answers within the caller's transaction."""

    def __init__(self, connection: Tables, ahead: Ahead, facts: PointFacts, open_hours: OpenHours, settled_ms: int) -> None:
        self._connection = connection
        self._ahead = ahead
        self._facts = facts
        self._open = open_hours
        self.settled_ms = min(settled_ms, *(hour * HOUR_MS for hour in open_hours.hours)) if open_hours.hours else settled_ms
        """Hours and days up to here are as the fold wrote them; from the first loose reading on quarter hours make them."""

    def raw(self, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        hours = search.hours_of(start_ms, end_ms)
        sealed = self._ahead.chunks(self._connection, self._facts, hours)
        touched = sorted({*sealed, *(hour for hour in self._open.hours if hour in hours)})
        pieces = [[*([sealed[hour]] if hour in sealed else []), *self._open.loose(hour)] for hour in touched]
        rows = Columns.concatenate([merge(parts) for parts in pieces])
        first, last = np.searchsorted(rows.at_ms, [start_ms, end_ms])
        return rows.take(slice(int(first), int(last)))

    def rollup(self, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end)."""
        start_ms, end_ms = max(start_ms, 0), max(min(end_ms, LAST_MS), 0)
        match level:
            case Level.MINUTE:
                return self._plain(self._minutes(search.hours_of(start_ms, end_ms)), MINUTE_MS, start_ms, end_ms)
            case Level.QUARTER:
                return self._plain(self._quarters(search.days_of(start_ms, end_ms)), QUARTER_MS, start_ms, end_ms)
            case Level.HOUR:
                return self._hours(start_ms, end_ms)
            case Level.DAY:
                return self._days(start_ms, end_ms)

    def energy_by_day(self, first: date, last: date) -> Mapping[date, float]:
        """Energy per site calendar day; unknown days are missing."""
        low, high, settled = day_number(first), day_number(last), self._settled_day()
        found: dict[date, float] = {}
        for several in search.slices(self._connection, "day", range(low, min(high + 1, settled)), self._facts.number):
            for key, energy in self._connection.execute(f"SELECT id, energy FROM day WHERE id IN ({several})"):
                if energy is not None:
                    found[day_date(key >> POINT_BITS)] = energy
        if high >= settled:
            fresh = self._fresh_energy(max(settled, low), high)
            found.update({day_date(day): energy / 10.0**self._facts.digits for day, energy in fresh.items()})
        return found

    def _fresh_energy(self, low: int, high: int) -> dict[int, int]:
        """Scaled energy of days that the fold has not closed."""
        days = search.days_of(day_bounds(self._facts.zone, low)[0], (high + 2) * DAY_MS)
        rolls = self._open.rolls(self._connection)
        found: dict[int, int] = {}
        parts = [(roll.quarters.slot, roll.quarters.energy) for roll in rolls.values()]
        for slot, energy in search.energies(self._connection, days, self._facts.number):
            sealed = ~np.isin(slot // QUARTERS_PER_HOUR, list(rolls)) if rolls else slice(None)
            parts.append((slot[sealed], energy[sealed]))
        for slot, energy in parts:
            known = energy != UNKNOWN
            for day, amount in zip(local_days(self._facts.zone, slot[known]).tolist(), energy[known].tolist(), strict=True):
                found[day] = found.get(day, 0) + amount
        for gap in self._gaps(days):
            day = day_of_gap(gap, self._facts.zone)
            if day is not None:
                found[day] = found.get(day, 0) + gap.energy
        return {day: amount for day, amount in found.items() if low <= day <= high}

    def _plain(self, stats: Stats, width_ms: int, start_ms: int, end_ms: int) -> Rollup:
        first, stop = -(-start_ms // width_ms), -(-end_ms // width_ms)
        inside = [gap for gap in self._gaps(search.days_of(start_ms, end_ms + DAY_MS)) if gap.lies_in(width_ms)]
        stats = book(stats, [((gap.to_ms - 1) // width_ms, gap.energy) for gap in inside])
        stats = search.within(stats, first, stop)
        return present(stats, self._facts.digits, stats.slot * width_ms, width_ms)

    def _hours(self, start_ms: int, end_ms: int) -> Rollup:
        first, stop = -(-start_ms // QUARTER_MS), -(-end_ms // QUARTER_MS)
        # An hour that begins later may reach beyond midnight UTC, into a day that the fold has not closed.
        settled = self.settled_ms // QUARTER_MS - QUARTERS_PER_HOUR
        months = month_of_quarters(np.array([first, stop]))
        blobs = range(int(months[0]), int(months[1]) + 1)
        hours = search.within(search.stats(self._connection, "hour", blobs, self._facts.number), first, min(settled, stop))
        if stop > settled:
            fresh_from = max(settled, first)
            quarters, gaps = self._recent(fresh_from * QUARTER_MS - HOUR_MS, end_ms + HOUR_MS)
            fresh, _ = site_hours(quarters, gaps, self._facts.zone)
            hours = Stats.concatenate([hours, search.within(fresh, fresh_from, stop)])
        lengths = local_hours(self._facts.zone, hours.slot)[1] * QUARTER_MS
        return present(hours, self._facts.digits, hours.slot * QUARTER_MS, lengths)

    def _days(self, start_ms: int, end_ms: int) -> Rollup:
        zone = self._facts.zone
        rows = self._day_rows(start_ms // DAY_MS - 1, end_ms // DAY_MS + 1)
        starts = np.array([day_bounds(zone, day)[0] for day, _ in rows], np.int64)
        figures = np.array([figures for _, figures in rows], np.float64).reshape(len(rows), 5)
        chosen = (starts >= start_ms) & (starts < end_ms)
        return Rollup(starts[chosen], *figures[chosen].T)

    def _day_rows(self, low: int, high: int) -> list[tuple[int, Figures]]:
        """Minimum, mean, maximum, energy and coverage of the site's days low to high, by day."""
        settled = self._settled_day()
        rows: list[tuple[int, Figures]] = []
        for several in search.slices(self._connection, "day", range(low, min(high + 1, settled)), self._facts.number):
            sql = f"SELECT id, minimum, mean, maximum, energy, coverage FROM day WHERE id IN ({several}) ORDER BY id"
            for key, *figures in self._connection.execute(sql):
                known = [nan if figure is None else figure for figure in figures]
                rows.append((key >> POINT_BITS, (known[0], known[1], known[2], known[3], known[4])))
        if high >= settled:
            rows.extend(self._fresh_days(max(settled, low), high))
        return rows

    def _settled_day(self) -> int:
        """The first day of the site that the fold has not closed."""
        return int(local_days(self._facts.zone, np.array([self.settled_ms // QUARTER_MS]))[0])

    def _fresh_days(self, low: int, high: int) -> list[tuple[int, Figures]]:
        """Days that the fold has not closed, out of quarter hours."""
        zone = self._facts.zone
        quarters, gaps = self._recent(day_bounds(zone, low)[0], (high + 2) * DAY_MS)
        days, lengths = site_days(quarters, gaps, zone)
        told = present(days, self._facts.digits, days.slot, lengths)
        columns = (told.minimum, told.mean, told.maximum, told.energy, told.coverage)
        figures = zip(*(column.tolist() for column in columns), strict=True)
        return [(day, found) for day, found in zip(days.slot.tolist(), figures, strict=True) if low <= day <= high]

    def _recent(self, start_ms: int, end_ms: int) -> tuple[Stats, list[Gap]]:
        """Quarter hours and wide gaps of whole UTC days around [start, end)."""
        days = search.days_of(start_ms, end_ms)
        quarters = self._quarters(days)
        return quarters, self._gaps(days)

    def _gaps(self, days: range) -> list[Gap]:
        """What a counter credited between two readings that lie in different quarter hours."""
        if self._facts.counter is None:
            return []
        gaps = search.gaps(self._connection, self._facts.number, days.start * DAY_MS, days.stop * DAY_MS)
        rolls = self._open.rolls(self._connection)
        gaps = [gap for gap in gaps if gap.to_ms // HOUR_MS not in rolls]
        for roll in rolls.values():
            gaps.extend(roll.gaps)
        return gaps

    def _minutes(self, hours: range) -> Stats:
        stats = self._ahead.stats(self._connection, "minute", hours, self._facts.number)
        return self._with_open(stats, hours, MINUTES_PER_HOUR)

    def _quarters(self, days: range) -> Stats:
        stats = self._ahead.stats(self._connection, "quarter", days, self._facts.number)
        hours = range(days.start * search.HOURS_PER_DAY, days.stop * search.HOURS_PER_DAY)
        return self._with_open(stats, hours, QUARTERS_PER_HOUR)

    def _with_open(self, stats: Stats, hours: range, per_hour: int) -> Stats:
        """Replace what the file knows of hours with loose readings by what these make of them."""
        for hour, rolled in self._open.rolls(self._connection).items():
            if hour in hours:
                fresh = rolled.minutes if per_hour == MINUTES_PER_HOUR else rolled.quarters
                low = search.within(stats, 0, hour * per_hour)
                high = stats.take(stats.slot >= (hour + 1) * per_hour)
                stats = Stats.concatenate([low, fresh, high])
        return stats
