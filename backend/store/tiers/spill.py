"""First half of the fold: the journal's tail becomes fragments, 64 points at a time, where keys hold the site those of one."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from backend.model.columns import Columns
from backend.store.calendar import HOUR_MS
from backend.store.rows import GROUP_BITS, pack_fragment
from backend.store.tiers.batches import Batches, Unfolded
from backend.store.tiers.keys import RUN_BITS, fragment_key
from backend.store.tiers.latest import Newest, load, write
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointTable
from backend.store.tiers.recovery import Recovery
from backend.store.tiers.tables import WritableTables

SPILL_READINGS = 60_000
SPILL_AFTER_MS = 300_000


class Spill:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: WritableTables, meta: Meta, journal: Batches, points: PointTable) -> None:
        self._database = database
        self._meta = meta
        self._journal = journal
        self._points = points
        self._recovery = Recovery(database, journal, points)
        self._newest = Newest()
        self.hours: set[int] = set()
        """Hours that the last run touched."""
        self.was_full = False
        """Whether the last run took as much as one takes."""

    def load(self) -> None:
        """Start from what the file holds."""
        self._newest = Newest()
        load(self._database.connection, self._newest)

    def is_due(self, now_ms: int, settled_hour: int) -> bool:
        """Whether there is enough for fragments, or an hour has ended since the first of it came. What is late can wait."""
        tail = self._journal.tail
        if not tail:
            return False
        if self._journal.tail_readings >= SPILL_READINGS or now_ms - tail[0].sealed_ms >= SPILL_AFTER_MS:
            return True
        return tail[0].sealed_ms // HOUR_MS < settled_hour

    def steps(self, now_ms: int) -> Iterator[None]:
        """Move what the tail holds now. If it fails half way, the next run writes it again; merging drops what is doubled."""
        parts: list[Unfolded] = []
        count = 0
        for part in self._journal.tail:
            parts.append(part)
            count += len(part.readings)
            if count >= SPILL_READINGS:
                break
        self.hours, self.was_full = set(), count >= SPILL_READINGS
        rows = Columns.concatenate([part.readings for part in parts])
        run = self._meta.get(Meta.RUN)
        self._meta.set(Meta.RUN, (run + 1) % (1 << RUN_BITS))
        group = (rows.point >> GROUP_BITS).astype(np.uint16)
        order = np.argsort(group, kind="stable")
        edges = np.flatnonzero(np.diff(group[order], prepend=-1, append=-1))
        yield
        for first, last in pairwise(edges.tolist()):
            self._spill_group(rows.take(order[first:last]), run)
            yield
        write(self._database, self._newest)
        self._recovery.look(parts, now_ms)
        self._journal.settle(parts)

    def _spill_group(self, rows: Columns, run: int) -> None:
        rows = _sorted(rows)
        self._newest.take_last(rows.take(np.flatnonzero(np.diff(rows.point, append=-1))))
        hours = rows.at_ms // HOUR_MS
        first_hour, last_hour = int(hours.min()), int(hours.max())
        if first_hour == last_hour:
            self._write(rows, first_hour, run)
            return
        for hour in np.unique(hours):
            self._write(rows.take(hours == hour), int(hour), run)

    def _write(self, rows: Columns, hour: int, run: int) -> None:
        """All of an hour in one step: who reads has seen everything of a key when it has seen the key."""
        self.hours.add(hour)
        key = fragment_key(hour, run, int(rows.point[0]) >> GROUP_BITS)
        for site, mine in self._apart(rows):
            body = pack_fragment(mine, hour, self._points.digits(mine.point))
            self._database.put_all("fragment", ("id", "readings", "body"), [(key, len(mine), body)], [site])

    def _apart(self, rows: Columns) -> Iterator[tuple[str, Columns]]:
        """By site, where keys hold it; these are sorted by point."""
        numbers = rows.point[np.flatnonzero(np.diff(rows.point, prepend=-1))].tolist()
        sites = [self._points.facts(number).site for number in numbers] if self._database.by_site else [""]
        if len(set(sites)) == 1:
            yield sites[0], rows
            return
        for site in sorted(set(sites)):
            points = [number for number, whose in zip(numbers, sites, strict=True) if whose == site]
            yield site, rows.take(np.isin(rows.point, points))


def _sorted(rows: Columns) -> Columns:
    """By point and time; equal times stay in order of arrival."""
    rows = rows.take(np.argsort(rows.point.astype(np.uint16), kind="stable"))
    backwards = (np.diff(rows.at_ms) < 0) & (np.diff(rows.point) == 0)
    if not backwards.any():
        return rows
    return rows.take(np.lexsort((rows.at_ms, rows.point)))
