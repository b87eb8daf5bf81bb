"""Last part of the fold: quarter hours of closed UTC days become the hours and days of the site."""

from collections.abc import Iterator

import numpy as np

from backend.store.calendar import DAY_MS, QUARTERS_PER_DAY, local_days, local_hours, month_of_quarters
from backend.store.intervals import Gap, site_days, site_hours
from backend.store.rollups import pack_stats, replace, unpack_stats
from backend.store.statistics import Stats, present
from backend.store.tiers import search
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointFacts, PointTable
from backend.store.tiers.tables import WritableTables


class Closing:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: WritableTables, meta: Meta, points: PointTable) -> None:
        self._database = database
        self._meta = meta
        self._points = points

    def steps(self, settled_day: int) -> Iterator[None]:
        """Roll every (day, point) that waits and whose UTC day is over."""
        while True:
            key = self._database.one("SELECT min(id) FROM waiting WHERE id < ?", (key_of(settled_day, 0),))
            if key is None:
                break
            self._roll(key >> POINT_BITS, self._points.facts(key & LARGEST_POINT))
            self._database.execute("DELETE FROM waiting WHERE id = ?", (key,))
            yield
        if self._meta.get(Meta.CLOSED_DAY) < settled_day:
            self._meta.set(Meta.CLOSED_DAY, settled_day)
            yield

    def _roll(self, day: int, facts: PointFacts) -> None:
        quarters = search.quarters_around(self._database.connection, facts.number, day - 1, day + 1)
        gaps = search.gaps(self._database.connection, facts.number, (day - 1) * DAY_MS, (day + 2) * DAY_MS)
        if len(quarters) or gaps:
            self._write_hours(day, facts, quarters, gaps)
            self._write_days(day, facts, quarters, gaps)

    def _write_hours(self, day: int, facts: PointFacts, quarters: Stats, gaps: list[Gap]) -> None:
        first, end = search.slots_of_day(day)
        low, high = (int(slot) for slot in local_hours(facts.zone, np.array([first, end - 1]))[0])
        hours, _ = site_hours(quarters, gaps, facts.zone)
        hours = search.within(hours, low, high + 1)
        months = month_of_quarters(hours.slot)
        for month in np.unique(month_of_quarters(np.array([low, high]))):
            key = key_of(int(month), facts.number)
            there = self._database.one("SELECT body FROM hour WHERE id = ?", (key,))
            known = Stats.empty() if there is None else unpack_stats(there, key)
            fresh = replace(known, hours.take(months == month), low, high + 1 - low)
            if len(fresh):
                self._database.put_all("hour", ("id", "body"), [(key, pack_stats(fresh, key))], [facts.site])

    def _write_days(self, day: int, facts: PointFacts, quarters: Stats, gaps: list[Gap]) -> None:
        ends = np.array([day * QUARTERS_PER_DAY, (day + 1) * QUARTERS_PER_DAY - 1])
        low, high = (int(number) for number in local_days(facts.zone, ends))
        days, lengths = site_days(quarters, gaps, facts.zone)
        shown = present(days, facts.digits, days.slot, lengths)
        rows: list[tuple[int | float | None, ...]] = []
        for row, number in enumerate(days.slot):
            if low <= number <= high:
                figures = (shown.minimum[row], shown.mean[row], shown.maximum[row], shown.energy[row], shown.coverage[row])
                values = [None if np.isnan(figure) else float(figure) for figure in figures]
                rows.append((key_of(int(number), facts.number), *values))
        columns = ("id", "minimum", "mean", "maximum", "energy", "coverage")
        self._database.put_all("day", columns, rows, [facts.site] * len(rows))
