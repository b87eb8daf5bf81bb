"""One point's past for readers: sealed chunks and roll-ups, and what is not sealed yet rolled up on the spot."""

import sqlite3
from collections.abc import Mapping
from datetime import date

import numpy as np

from backend.model.columns import Columns
from backend.store.calendar import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    QUARTER_MS,
    day_bounds,
    day_date,
    day_number,
    local_hours,
    month_of_quarters,
)
from backend.store.contract import Level, Rollup
from backend.store.intervals import Gap, site_days, site_hours
from backend.store.rows import merge
from backend.store.sqlite import search
from backend.store.sqlite.open_hours import OpenHours
from backend.store.sqlite.points import PointFacts
from backend.store.sqlite.schema import POINT_BITS
from backend.store.statistics import Stats, present

QUARTERS_PER_HOUR = 4
MINUTES_PER_HOUR = 60


class History:
    """Answers within the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, facts: PointFacts, open_hours: OpenHours) -> None:
        self._connection = connection
        self._facts = facts
        self._open = open_hours

    def raw(self, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        hours = search.hours_of(start_ms, end_ms)
        sealed = search.chunks(self._connection, self._facts, hours)
        parts: list[Columns] = []
        for hour in hours:
            pieces = [*([sealed[hour]] if hour in sealed else []), *self._open.loose(hour)]
            if pieces:
                parts.append(merge(pieces))
        rows = Columns.concatenate(parts)
        first, last = np.searchsorted(rows.at_ms, [start_ms, end_ms])
        return rows.take(slice(int(first), int(last)))

    def rollup(self, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end)."""
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
        numbers = day_number(first), day_number(last)
        start_ms, end_ms = day_bounds(self._facts.zone, numbers[0])[0], day_bounds(self._facts.zone, numbers[1])[1]
        settled_ms = self._settled_ms()
        found: dict[date, float] = {}
        sql = f"SELECT id, energy FROM day WHERE id IN ({search.keys(range(numbers[0], numbers[1] + 1), self._facts.number)})"
        for key, energy in self._connection.execute(sql):
            day = key >> POINT_BITS
            if energy is not None and day_bounds(self._facts.zone, day)[1] <= settled_ms:
                found[day_date(day)] = energy
        if end_ms > settled_ms:
            fresh = self._fresh_days(max(settled_ms - 2 * DAY_MS, start_ms), end_ms)
            for row, energy in enumerate(fresh.energy):
                day = day_date(int(fresh.start_ms[row]))
                if (
                    not np.isnan(energy)
                    and first <= day <= last
                    and day_bounds(self._facts.zone, day_number(day))[1] > settled_ms
                ):
                    found[day] = float(energy)
        return found

    def _plain(self, stats: Stats, width_ms: int, start_ms: int, end_ms: int) -> Rollup:
        stats = search.within(stats, -(-start_ms // width_ms), -(-end_ms // width_ms))
        return present(stats, self._facts.digits, stats.slot * width_ms, width_ms)

    def _hours(self, start_ms: int, end_ms: int) -> Rollup:
        zone, digits = self._facts.zone, self._facts.digits
        settled_ms = self._settled_ms()
        months = month_of_quarters(np.array([start_ms // QUARTER_MS, -(-end_ms // QUARTER_MS)]))
        blobs = range(int(months[0]), int(months[1]) + 1)
        sealed = search.stats(self._connection, "hour", blobs, self._facts.number)
        settled_slot = settled_ms // QUARTER_MS - QUARTERS_PER_HOUR
        sealed = search.within(sealed, -(-start_ms // QUARTER_MS), min(settled_slot, -(-end_ms // QUARTER_MS)))
        if end_ms <= settled_slot * QUARTER_MS:
            hours = sealed
        else:
            from_ms = max(settled_slot * QUARTER_MS, start_ms)
            quarters, gaps = self._recent(from_ms - HOUR_MS, end_ms + HOUR_MS)
            fresh, _ = site_hours(quarters, gaps, zone)
            fresh = search.within(fresh, -(-from_ms // QUARTER_MS), -(-end_ms // QUARTER_MS))
            hours = Stats.concatenate([sealed, fresh])
        lengths = self._hour_lengths(hours)
        return present(hours, digits, hours.slot * QUARTER_MS, lengths)

    def _hour_lengths(self, hours: Stats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return local_hours(self._facts.zone, hours.slot)[1] * QUARTER_MS

    def _days(self, start_ms: int, end_ms: int) -> Rollup:
        zone = self._facts.zone
        settled_ms = self._settled_ms()
        days = range(start_ms // DAY_MS - 1, -(-end_ms // DAY_MS) + 1)
        keys = search.keys(days, self._facts.number)
        sql = f"SELECT id, minimum, mean, maximum, energy, coverage FROM day WHERE id IN ({keys}) ORDER BY id"
        rows = self._connection.execute(sql).fetchall()
        kept = [row for row in rows if day_bounds(zone, row[0] >> POINT_BITS)[1] <= settled_ms]
        sealed = [(day_bounds(zone, row[0] >> POINT_BITS)[0], *row[1:]) for row in kept]
        if end_ms > settled_ms - 2 * DAY_MS:
            fresh = self._fresh_days(max(settled_ms - 2 * DAY_MS, start_ms - DAY_MS), end_ms)
            for row, number in enumerate(fresh.start_ms):
                first_ms, last_ms = day_bounds(zone, int(number))
                if last_ms > settled_ms:
                    columns = (fresh.minimum, fresh.mean, fresh.maximum, fresh.energy, fresh.coverage)
                    sealed.append((first_ms, *(float(column[row]) for column in columns)))
        chosen = [row for row in sealed if start_ms <= row[0] < end_ms]
        starts = np.array([row[0] for row in chosen], np.int64)
        return Rollup(starts, *(np.array([row[i] for row in chosen], np.float64) for i in range(1, 6)))

    def _fresh_days(self, start_ms: int, end_ms: int) -> Rollup:
        """Days out of quarter hours; ``start_ms`` holds day numbers."""
        quarters, gaps = self._recent(start_ms, end_ms)
        days, lengths = site_days(quarters, gaps, self._facts.zone)
        return present(days, self._facts.digits, days.slot, lengths)

    def _recent(self, start_ms: int, end_ms: int) -> tuple[Stats, list[Gap]]:
        """Quarter hours and wide gaps of whole UTC days around [start, end)."""
        days = range((start_ms // DAY_MS) - 1, -(-end_ms // DAY_MS) + 1)
        quarters = self._quarters(days)
        gaps = search.gaps(self._connection, self._facts.number, days.start * DAY_MS, days.stop * DAY_MS)
        open_hours = self._open.rolls(self._connection)
        gaps = [gap for gap in gaps if gap.to_ms // HOUR_MS not in open_hours]
        for rolled in open_hours.values():
            gaps.extend(rolled.gaps)
        return quarters, gaps

    def _minutes(self, hours: range) -> Stats:
        stats = search.stats(self._connection, "minute", hours, self._facts.number)
        return self._with_open(stats, hours, MINUTES_PER_HOUR)

    def _quarters(self, days: range) -> Stats:
        stats = search.stats(self._connection, "quarter", days, self._facts.number)
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

    def _settled_ms(self) -> int:
        """Where the hours and days that the fold has written end; the rest is made of quarter hours here."""
        sql = "SELECT value FROM meta WHERE key = 'closed_day'"
        row = self._connection.execute(sql).fetchone()
        return 0 if row is None else int(row[0]) * DAY_MS
