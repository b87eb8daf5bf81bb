"""Second part of the fold: fragments of closed hours become chunks, minutes and quarter hours; late ones join theirs."""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.model.columns import Columns
from backend.model.counters import CounterState
from backend.store.intervals import Carry, standing_of
from backend.store.rows import Slices, merge, pack_chunk, unpack_fragment
from backend.store.tiers import search
from backend.store.tiers.keys import fragment_parts, fragments_of, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointFacts, PointTable
from backend.store.tiers.revived import Revived
from backend.store.tiers.rolling import Rolled, Rolling
from backend.store.tiers.search import KnownHour
from backend.store.tiers.tables import WritableTables

WRITE_POINTS = 32
"""Chunks written in one go: together they touch few pages more than one of them alone."""
DROP_FRAGMENTS = 64


@dataclass(frozen=True, slots=True)
class Sealed:
    """A chunk ready to be written."""

    rolled: Rolled
    readings: int
    body: bytes
    ended: Carry | None
    """How the hour ended before, where it was sealed already."""


class Sealing:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: WritableTables, points: PointTable, rolling: Rolling) -> None:
        self._database = database
        self._points = points
        self._rolling = rolling
        self._revived = Revived(Meta(database))

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._rolling.newest.clear()

    def steps(self, settled_hour: int, now_ms: int, spared: frozenset[int]) -> Iterator[None]:
        """Seal every hour before ``settled_hour`` that holds fragments and is not spared, oldest first."""
        for hour in search.fragment_hours(self._database.connection):
            if hour >= settled_hour:
                return
            if hour in spared:
                continue
            self._database.expect(hour)
            sql = "SELECT DISTINCT id FROM fragment WHERE id BETWEEN ? AND ? ORDER BY id"
            keys = [key for (key,) in self._database.execute(sql, fragments_of(hour)).fetchall()]
            groups: dict[int, list[int]] = {}
            for key in keys:
                groups.setdefault(fragment_parts(key)[2], []).append(key)
            for members in groups.values():
                yield from self._seal_group(hour, members, now_ms)
            yield from self._drop(keys)

    def _seal_group(self, hour: int, keys: list[int], now_ms: int) -> Iterator[None]:
        slices = Slices()
        for key in keys:
            for count, body in self._database.execute("SELECT readings, body FROM fragment WHERE id = ?", (key,)):
                slices.add(unpack_fragment(body, count, hour))
            yield
        points = slices.points
        for start in range(0, len(points), WRITE_POINTS):
            several = points[start : start + WRITE_POINTS]
            known = search.known_of_hour(self._database.connection, hour, several)
            ready: list[Sealed] = []
            for number in several:
                facts, fresh = self._points.facts(number), slices.rows(number)
                if known.is_thinned(number):
                    self._rolling.tell_late(facts, fresh, now_ms)
                else:
                    ready.append(self._seal(facts, hour, fresh, known))
                yield
            if ready:
                if known.is_old:
                    self._revived.note(hour, now_ms)
                self._write(ready, now_ms)
                yield

    def _seal(self, facts: PointFacts, hour: int, fresh: Columns, known: KnownHour) -> Sealed:
        before = known.rows(facts)
        rows = merge([fresh] if before is None else [before, fresh])
        ended = None if before is None else self._ended(facts, hour, before)
        rolled = self._rolling.roll(facts, hour, rows, known.quarters(facts.number))
        return Sealed(rolled, len(rows), pack_chunk(rows, hour, facts.digits), ended)

    def _write(self, ready: list[Sealed], now_ms: int) -> None:
        rows = [
            (key_of(sealed.rolled.hour, sealed.rolled.facts.number), sealed.readings, sealed.rolled.counter, sealed.body)
            for sealed in ready
        ]
        sites = [sealed.rolled.facts.site for sealed in ready]
        self._database.put_all("chunk", ("id", "readings", "counter", "body"), rows, sites)
        self._rolling.write([sealed.rolled for sealed in ready], now_ms)
        for sealed in ready:
            self._carry_on(sealed.rolled, sealed.ended, now_ms)

    def _drop(self, keys: list[int]) -> Iterator[None]:
        """Remove fragments in the order in which they lie, so that each page is touched once."""
        for start in range(0, len(keys), DROP_FRAGMENTS):
            several = keys[start : start + DROP_FRAGMENTS]
            marks = ",".join("?" * len(several))
            self._database.execute(f"DELETE FROM fragment WHERE id IN ({marks})", tuple(several))
            yield

    def _ended(self, facts: PointFacts, hour: int, rows: Columns) -> Carry:
        counter = None
        if facts.counter is not None:
            counter = search.counter_after(self._database.connection, facts.number, hour)
        return Carry(standing_of(rows, facts.digits), counter or CounterState())

    def _carry_on(self, rolled: Rolled, ended: Carry | None, now_ms: int) -> None:
        """Roll following hours again until one ends as it did before."""
        facts, hour, carry = rolled.facts, rolled.hour, rolled.roll.carry
        newest = self._rolling.newest.get(facts.number)
        if newest is not None and newest[0] <= hour:
            self._rolling.newest[facts.number] = (hour, carry)
            return
        connection = self._database.connection
        while newest is None or carry != ended:
            following = search.neighbour(connection, facts.number, hour, 1)
            if following is None:
                self._rolling.newest[facts.number] = (hour, carry)
                return
            if carry == ended or (facts.counter is None and following > hour + 1):
                return
            rows, day = search.chunk(connection, facts, following), following // search.HOURS_PER_DAY
            assert rows is not None
            hour, ended = following, self._ended(facts, following, rows)
            again = self._rolling.roll(facts, hour, rows, search.quarters_around(connection, facts.number, day, day))
            self._rolling.write([again], now_ms)
            carry = again.roll.carry
            if facts.counter is not None:
                key = key_of(hour, facts.number)
                self._database.execute("UPDATE chunk SET counter = ? WHERE id = ?", (again.counter, key))
            if newest is not None and newest[0] == hour:
                self._rolling.newest[facts.number] = newest = (hour, carry)
