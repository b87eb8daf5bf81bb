"""Batches that leave the file: folded ones when their time is over, and where there is a parent, not before it has them."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from backend.model.event import Event, EventKind
from backend.model.spans import Spans
from backend.store.outages import NODE
from backend.store.sqlite.chains import read_shelf
from backend.store.sqlite.database import Database
from backend.store.sqlite.journal import Journal
from backend.store.tiers.meta import Meta
from backend.store.tiers.shelf import Shelf
from backend.store.tiers.spans import read_spans
from backend.wire.batch import MOST_SEQUENCE, unseal
from backend.wire.numbers import Damaged

STEP_ROWS = 40
LOST_ROWS = 100
"""Batches that one loss tells of."""
WHATEVER_AGE = 1 << 62
_EVERYTHING = Spans(((1, MOST_SEQUENCE),))
_UNSENT = {
    "batch": "SELECT (SELECT number FROM origin WHERE own AND start <= first ORDER BY start DESC LIMIT 1), first, first,"
    " span, readings, sealed_ms, body FROM batch WHERE first > ? AND first < ? AND readings = span ORDER BY first LIMIT ?",
    "received": "SELECT origin, id, first, span, readings, sealed_ms, body FROM received"
    " WHERE id > ? AND id < ? AND readings = span ORDER BY id LIMIT ?",
}
_KEYS = {"batch": "first", "received": "id"}
Wanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Unsent:
    """A batch that holds readings and nothing else."""

    origin: int
    key: int
    first: int
    span: int
    readings: int
    sealed_ms: int
    body: bytes


class Leaving:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: Database, meta: Meta, journal: Journal, *, has_parent: bool) -> None:
        self._database = database
        self._meta = meta
        self._journal = journal
        self._has_parent = has_parent

    def done(self, before_ms: int, wanted: Wanted = lambda: True) -> Iterator[None]:
        """Remove what nobody needs any more and is older than an instant, as long as that is wanted."""
        places = deque(self._places())
        while places and wanted():
            shelf, span = places.popleft()
            if self._drop(shelf, span, before_ms):
                # One after the other, so that of every chain the oldest goes.
                places.append((shelf, span))
                yield

    def unsent(self, now_ms: int, wanted: Wanted) -> Iterator[None]:
        """Give up the oldest readings that the parent does not have, and say so; what tells more than readings stays."""
        delivered = read_spans(self._database, "delivered")
        for table in _UNSENT:
            after = 0
            while wanted() and (batches := self._oldest(table, after)):
                after = batches[-1].key
                lost = [each for each in batches if not _covers(delivered.get(each.origin), each)]
                self._give_up(table, lost, now_ms)
                yield

    def _places(self) -> Iterator[tuple[Shelf, tuple[int, int]]]:
        """What of each chain the parent, if any, need not be sent any more."""
        delivered = read_spans(self._database, "delivered")
        for (number,) in self._database.execute("SELECT number FROM origin").fetchall():
            shelf = read_shelf(self._database, number)
            assert shelf is not None
            for span in delivered.get(number, Spans()) if self._has_parent else _EVERYTHING:
                yield shelf, span

    def _drop(self, shelf: Shelf, span: tuple[int, int], before_ms: int) -> int:
        """Remove some folded batches of a chain, in order, as far as they are old; never the last of this node's own."""
        *values, first, last = shelf.range(*span)
        if shelf.own:
            age, rest, limits = "sealed_ms", "", []
            last = min(last, self._folded("batch") - 1)
        else:
            # The plus keeps SQLite to the index by origin and first.
            age, rest, limits = "arrived_ms", "AND +id < ?", [self._folded("received")]
        place = f"{shelf.bodies} first BETWEEN ? AND ? {rest}"
        sql = f"SELECT first, {age} FROM {place} ORDER BY first LIMIT {STEP_ROWS}"
        rows = self._database.execute(sql, (*values, first, last, *limits)).fetchall()
        old = [first for first, _ in takewhile(lambda row: row[1] < before_ms, rows)]
        if old:
            self._database.execute(f"DELETE FROM {place}", (*values, old[0], old[-1], *limits))
        return len(old)

    def _folded(self, table: str) -> int:
        """The first key that is not to be removed."""
        if table == "received":
            return int(self._meta.get(Meta.RECEIVED, 1))
        return min(self._meta.get(Meta.FOLDED, 1), self._database.one("SELECT max(first) FROM batch") or 0)

    def _oldest(self, table: str, after: int) -> list[_Unsent]:
        rows = self._database.execute(_UNSENT[table], (after, self._folded(table), LOST_ROWS))
        return [_Unsent(*row) for row in rows]

    def _give_up(self, table: str, lost: list[_Unsent], now_ms: int) -> None:
        if not lost:
            return
        sql = f"DELETE FROM {table} WHERE {_KEYS[table]} = ?"
        self._database.connection.executemany(sql, [(each.key,) for each in lost])
        self._meta.count_up(Meta.GIVEN_UP)
        origins = dict.fromkeys(each.origin for each in lost)
        events = [self._loss(origin, [each for each in lost if each.origin == origin], now_ms) for origin in origins]
        self._journal.append_events(events, now_ms)

    def _loss(self, origin: int, lost: list[_Unsent], now_ms: int) -> Event:
        node, own = self._database.execute("SELECT node, own FROM origin WHERE number = ?", (origin,)).fetchone()
        times = [_times(each) for each in lost]
        data = {
            "from_ms": min(first for first, _ in times),
            "to_ms": max(last for _, last in times),
            "count": sum(each.readings for each in lost),
            "cause": "cap",
        }
        return Event(now_ms, EventKind.DATA_LOST, NODE if own else f"{NODE}:{node}", {**data})


def _covers(delivered: Spans | None, batch: _Unsent) -> bool:
    return delivered is not None and delivered.covers(batch.first, batch.first + batch.span - 1)


def _times(batch: _Unsent) -> tuple[int, int]:
    """Source times of the first and the last reading; when it was sealed, where the disk spoilt them."""
    try:
        at_ms = unseal(batch.body).readings.at_ms
    except Damaged:
        return batch.sealed_ms, batch.sealed_ms
    return int(at_ms.min()), int(at_ms.max())
