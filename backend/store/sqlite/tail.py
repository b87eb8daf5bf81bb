"""The journal's short tail as a reader sees it: every batch decoded once, forgotten when it is folded."""

import sqlite3

from backend.model.columns import Columns
from backend.store.tiers.latest import Newest, load
from backend.wire.batch import unseal


class FileTail:
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._parts: dict[int, Columns] = {}
        self._next = 0
        self.newest = Newest()

    def refresh(self) -> None:
        """Take what came since the last look; within the caller's transaction."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'folded'").fetchone()
        folded = 1 if row is None else int(row[0])
        if folded > self._next:
            load(self._connection, self.newest)
        for first in [first for first in self._parts if first < folded]:
            del self._parts[first]
        sql = "SELECT first, span, readings, body FROM batch WHERE first >= ? ORDER BY first"
        for first, span, readings, body in self._connection.execute(sql, (max(folded, self._next),)):
            if readings:
                self._parts[first] = rows = unseal(body).readings
                self.newest.take(rows)
            self._next = first + span

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        parts = [part.take(part.point == point) for part in self._parts.values()]
        return [part for part in parts if len(part)]
