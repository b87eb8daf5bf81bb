"""Roll-ups as one store gives them to another: what a viewer keeps of the time before it began to follow.

Rows travel as they lie in the tables, without the point's number, which is another one there.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from backend.store.calendar import DAY_MS, QUARTERS_PER_DAY, local_days, month_of_quarters
from backend.store.exchange import Past, PastDay
from backend.store.tiers import search
from backend.store.tiers.keys import POINT_BITS, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointFacts, PointTable
from backend.store.tiers.tables import Tables, WritableTables

QUARTER_DAYS = 400
"""So far back do quarter hours go along; hours and days go back to the beginning."""


def past_of(tables: Tables, facts: PointFacts, before_day: int) -> Past:
    """Everything of a point before a UTC day (days since 1970), within the caller's transaction."""
    number = facts.number
    edge = before_day * QUARTERS_PER_DAY
    last_day = int(local_days(facts.zone, np.array([edge - 1]))[0])
    last_month = int(month_of_quarters(np.array([edge - 1]))[0])
    before_ms = before_day * DAY_MS
    hour = before_day * search.HOURS_PER_DAY - 1
    sql = "SELECT readings, counter, body FROM chunk WHERE id = ?"
    chunk = tables.execute(sql, (key_of(hour, number),)).fetchone()
    return Past(
        facts.point.key,
        before_day,
        None if chunk is None else (chunk[0], chunk[1], chunk[2]),
        list(_blobs(tables, "quarter", range(max(before_day - QUARTER_DAYS, 0), before_day), number)),
        list(_blobs(tables, "hour", range(last_month + 1), number)),
        list(_days(tables, range(last_day + 1), number)),
        [(gap.from_ms, gap.to_ms, gap.energy) for gap in search.gaps(tables, number, 0, before_ms)],
    )


def _blobs(tables: Tables, table: str, periods: range, number: int) -> Iterator[tuple[int, bytes]]:
    for several in search.slices(tables, table, periods, number):
        for key, body in tables.execute(f"SELECT id, body FROM {table} WHERE id IN ({several}) ORDER BY id"):
            yield key >> POINT_BITS, body


def _days(tables: Tables, days: range, number: int) -> Iterator[PastDay]:
    for several in search.slices(tables, "day", days, number):
        sql = f"SELECT id, minimum, mean, maximum, energy, coverage FROM day WHERE id IN ({several}) ORDER BY id"
        for key, *figures in tables.execute(sql):
            yield (key >> POINT_BITS, figures[0], figures[1], figures[2], figures[3], figures[4])


class Adopting:
    """Writes within the caller's transaction; what is there already is replaced."""

    def __init__(self, database: WritableTables, meta: Meta, points: PointTable) -> None:
        self._database = database
        self._meta = meta
        self._points = points

    def adopt(self, several: Sequence[Past]) -> None:
        """Keep the past of points that are defined here; of others nothing."""
        for past in several:
            number = self._points.number_of(past.point)
            if number is not None:
                self._write(past, number, self._points.facts(number).site)
                self._thin(past.before_day * search.HOURS_PER_DAY)

    def _write(self, past: Past, number: int, site: str) -> None:
        hour = past.before_day * search.HOURS_PER_DAY - 1
        for day, _ in past.quarters:
            self._database.expect(day * search.HOURS_PER_DAY)
        self._database.expect(hour)
        if past.chunk is not None:
            row = (key_of(hour, number), *past.chunk)
            self._database.put_all("chunk", ("id", "readings", "counter", "body"), [row], [site])
        for table, blobs in (("quarter", past.quarters), ("hour", past.hours)):
            rows = [(key_of(period, number), body) for period, body in blobs]
            self._database.put_all(table, ("id", "body"), rows, [site] * len(rows))
        days = [(key_of(day, number), *figures) for day, *figures in past.days]
        columns = ("id", "minimum", "mean", "maximum", "energy", "coverage")
        self._database.put_all("day", columns, days, [site] * len(days))
        self._database.execute("DELETE FROM gap WHERE point = ? AND to_ms <= ?", (number, past.before_day * DAY_MS))
        gaps = [(number, to_ms, from_ms, energy) for from_ms, to_ms, energy in past.gaps]
        self._database.put_all("gap", ("point", "to_ms", "from_ms", "energy"), gaps, [site] * len(gaps), keys=2)

    def _thin(self, hour: int) -> None:
        """What comes late for hours before is not put into roll-ups that were made elsewhere."""
        if hour > self._meta.get(Meta.THINNED_HOUR):
            self._meta.set(Meta.THINNED_HOUR, hour)
