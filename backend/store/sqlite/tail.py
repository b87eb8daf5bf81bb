"""The journal's short tail as a reader sees it: every batch decoded once, forgotten when it is folded."""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import chain

from backend.model.columns import Columns
from backend.store.tiers.latest import Newest, load
from backend.store.tiers.meta import Meta
from backend.store.tiers.tail import NONE_MS
from backend.store.tiers.translation import Translations
from backend.wire.batch import unseal

_NOTHING = Columns.empty()
IN_MEMORY = 500_000
"""Readings that are kept decoded, about 25 bytes each. What is beyond, the oldest, is decoded again for every question."""


class _Stretch:
    """Batches of one table that are not folded, by their number there."""

    def __init__(self, read: Callable[[int], Iterator[tuple[int, int, Columns]]]) -> None:
        """``read`` gives every batch from a number on, with the number after it."""
        self._read = read
        self._folded = 1
        """The first number that is not folded."""
        self._next = 1
        """The first number that has not been looked at."""
        self._kept = 1
        """The first number that is in memory, if anything is."""
        self._parts: dict[int, Columns] = {}
        self._readings = 0

    def settle(self, folded: int) -> bool:
        """Forget what is folded; whether batches were folded that have never been looked at."""
        passed, self._folded = folded > self._next, folded
        for number in [number for number in self._parts if number < folded]:
            self._readings -= len(self._parts.pop(number))
        self._next, self._kept = max(self._next, folded), max(self._kept, folded)
        return passed

    def refresh(self, newest: Newest) -> None:
        """Take what came since the last look."""
        for number, following, readings in self._read(self._next):
            self._next = following
            if not len(readings):
                continue
            newest.take(readings)
            self._parts[number] = readings
            self._readings += len(readings)
            while self._readings > IN_MEMORY and len(self._parts) > 1:
                oldest = next(iter(self._parts))
                self._readings -= len(self._parts.pop(oldest))
                self._kept = next(iter(self._parts))

    @property
    def oldest_ms(self) -> int:
        """No reading is older; not looked up where some are not in memory."""
        if self._kept > self._folded:
            return 0
        return min((int(part.at_ms.min()) for part in self._parts.values()), default=NONE_MS)

    def parts(self) -> Iterator[Columns]:
        """Readings in order of arrival."""
        if self._kept > self._folded:
            for number, _, readings in self._read(self._folded):
                if number >= self._kept:
                    break
                yield readings
        yield from self._parts.values()


class FileTail:
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._translations = Translations(connection)
        self._own, self._received = _Stretch(self._read_own), _Stretch(self._read_received)
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
        self._own.refresh(self.newest)
        self._received.refresh(self.newest)

    @property
    def oldest_ms(self) -> int:
        """No reading is older."""
        return min(self._own.oldest_ms, self._received.oldest_ms)

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        parts = (part.take(part.point == point) for part in chain(self._own.parts(), self._received.parts()))
        return [part for part in parts if len(part)]

    def _read_own(self, first: int) -> Iterator[tuple[int, int, Columns]]:
        sql = "SELECT first, span, readings, body FROM batch WHERE first >= ? ORDER BY first"
        for number, span, readings, body in self._connection.execute(sql, (first,)):
            yield number, number + span, unseal(body).readings if readings else _NOTHING

    def _read_received(self, first: int) -> Iterator[tuple[int, int, Columns]]:
        sql = "SELECT id, origin, readings, arrived_ms, body FROM received WHERE id >= ? ORDER BY id"
        for number, origin, readings, arrived_ms, body in self._connection.execute(sql, (first,)):
            rows = self._translations.ours(origin, unseal(body).readings, arrived_ms) if readings else _NOTHING
            yield number, number + 1, rows
