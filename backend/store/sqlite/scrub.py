"""A slow look at every stored row, in the store's idle moments: what a disk changed is found before somebody needs it."""

from collections.abc import Iterator
from time import perf_counter

from backend.model.clock import Clock
from backend.store.sqlite.database import Database
from backend.store.sqlite.salvage.kinds import row_of
from backend.store.sqlite.salvage.pages import Record
from backend.wire.numbers import Damaged

REST_S = 86_400.0
"""Between two rounds."""
STEP_S = 0.001
_ROWS = 16
_TABLES = {
    "point": "NULL, key, body, origin, sequence, sealed_ms",
    "defining": "origin, first, span, readings, body, envelope",
    "batch": "NULL, span, readings, sealed_ms, body, envelope",
    "received": "NULL, origin, first, span, readings, sealed_ms, arrived_ms, body, envelope",
    "fragment": "NULL, readings, body",
    "latest": "NULL, readings, body",
    "chunk": "NULL, readings, counter, body",
    "minute": "NULL, body",
    "quarter": "NULL, body",
    "hour": "NULL, body",
    "event": "NULL, at_ms, kind, subject, data",
}
"""Columns as they lie in a record: SQLite keeps NULL where a column is the row's own number."""


class Scrub:
    """Used by the writing thread, outside transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._round: Iterator[None] | None = None
        self._next_s = clock.monotonic()
        self.rounds = 0
        """That were brought to an end."""

    def look(self) -> None:
        """Go on for about a millisecond. Raises ``Damaged`` at a row that is not what was written, ``sqlite3.Error``."""
        if self._round is None:
            if self._clock.monotonic() < self._next_s:
                return
            self._round = self._every_row()
        deadline = perf_counter() + STEP_S
        while perf_counter() < deadline:
            if next(self._round, self) is self:
                self._round, self._next_s = None, self._clock.monotonic() + REST_S
                self.rounds += 1
                return

    def forget(self) -> None:
        """Begin anew, after a failure."""
        self._round = None

    def _every_row(self) -> Iterator[None]:
        for table, columns in _TABLES.items():
            last = -1
            sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {_ROWS}"
            while rows := self._database.execute(sql, (last,)).fetchall():
                for rowid, *values in rows:
                    row = row_of(Record(rowid, tuple(values)))
                    if row is None or row.table != table or not row.is_whole:
                        raise Damaged(f"{table} {rowid}")
                last = rows[-1][0]
                yield
