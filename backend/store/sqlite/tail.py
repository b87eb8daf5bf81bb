"""The journal's short tail as a reader sees it: every batch decoded once, forgotten when it is folded."""

import sqlite3
from itertools import chain

from backend.model.columns import Columns
from backend.store.tiers.latest import Newest, load
from backend.store.tiers.meta import Meta
from backend.store.tiers.translation import Translations
from backend.wire.batch import unseal


class _Stretch:
    """Batches of one table that are not folded, by their number there."""

    def __init__(self) -> None:
        self.folded = 1
        """The first number that is not folded."""
        self.next = 1
        """The first number that has not been looked at."""
        self.parts: dict[int, Columns] = {}

    def settle(self, folded: int) -> bool:
        """Forget what is folded; whether batches were folded that have never been looked at."""
        passed, self.folded = folded > self.next, folded
        for number in [number for number in self.parts if number < folded]:
            del self.parts[number]
        self.next = max(self.next, folded)
        return passed


class FileTail:
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._translations = Translations(connection)
        self._own, self._received = _Stretch(), _Stretch()
        self._is_new = True
        self.newest = Newest()

    def refresh(self) -> None:
        """Take what came since the last look; within the caller's transaction."""
        sql = "SELECT key, value FROM meta WHERE key IN (?, ?)"
        folded = dict(self._connection.execute(sql, (Meta.FOLDED, Meta.RECEIVED)).fetchall())
        missed = [self._own.settle(folded.get(Meta.FOLDED, 1)), self._received.settle(folded.get(Meta.RECEIVED, 1))]
        if self._is_new or any(missed):
            load(self._connection, self.newest)
            self._is_new = False
        self._take_own()
        self._take_received()

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        every = chain(self._own.parts.values(), self._received.parts.values())
        parts = [part.take(part.point == point) for part in every]
        return [part for part in parts if len(part)]

    def _take_own(self) -> None:
        sql = "SELECT first, span, readings, body FROM batch WHERE first >= ? ORDER BY first"
        for first, span, readings, body in self._connection.execute(sql, (self._own.next,)):
            if readings:
                self._take(self._own, first, unseal(body).readings)
            self._own.next = first + span

    def _take_received(self) -> None:
        sql = "SELECT id, origin, readings, body FROM received WHERE id >= ? ORDER BY id"
        for number, origin, readings, body in self._connection.execute(sql, (self._received.next,)):
            if readings:
                self._take(self._received, number, self._translations.ours(origin, unseal(body).readings))
            self._received.next = number + 1

    def _take(self, stretch: _Stretch, number: int, readings: Columns) -> None:
        stretch.parts[number] = readings
        self.newest.take(readings)
