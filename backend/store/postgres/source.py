"""Where a reader of PostgreSQL gets its answers: a connection of its own, one snapshot per question."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.spans import Spans
from backend.store.contract import StoreState
from backend.store.exchange import ChainState
from backend.store.postgres.chains import read_chains, read_held, read_shelf
from backend.store.postgres.connection import Connection
from backend.store.postgres.schema import VERSION
from backend.store.postgres.unfolded import count_unfolded, read_unfolded
from backend.store.thread import ServingThread
from backend.store.tiers.holes import count_lost
from backend.store.tiers.latest import Newest, load
from backend.store.tiers.meta import Meta
from backend.store.tiers.shelf import Shelf
from backend.store.tiers.tail import NONE_MS
from backend.store.tiers.translation import Translations
from backend.wire.batch import unseal

T = TypeVar("T")


class UnfoldedTail:
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._translations = Translations(connection)
        self._parts: dict[int, Columns] = {}
        self._run: int | None = -1
        self.newest = Newest()

    def refresh(self) -> None:
        """Take what came since the last look; within the caller's transaction."""
        run = self._connection.one("SELECT value FROM meta WHERE key = ?", (Meta.RUN,))
        if run != self._run:
            load(self._connection, self.newest)
            self._run = run
        there = [number for (number,) in self._connection.execute("SELECT id FROM unfolded ORDER BY id")]
        kept = set(there)
        self._parts = {number: part for number, part in self._parts.items() if number in kept}
        missing = [number for number in there if number not in self._parts]
        if missing:
            self._fetch(missing)

    @property
    def oldest_ms(self) -> int:
        """No reading is older."""
        return min((int(part.at_ms.min()) for part in self._parts.values() if len(part)), default=NONE_MS)

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        parts = [part.take(part.point == point) for _, part in sorted(self._parts.items())]
        return [part for part in parts if len(part)]

    def _fetch(self, numbers: list[int]) -> None:
        for row in read_unfolded(self._connection, numbers):
            rows = unseal(row.body).readings
            self._parts[row.number] = rows = rows if row.own else self._translations.ours(row.origin, rows, row.sealed_ms)
            self.newest.take(rows)


class PostgresSource(Connection):
    """Used by one thread only. Raises ``StorageError`` where there is no store yet."""

    def __init__(self, address: str) -> None:
        super().__init__(address, reads_only=True)
        try:
            version = self.one("SELECT max(version) FROM migration")
        except StorageError:
            self.close()
            raise
        if version is None or version > VERSION:
            self.close()
            raise StorageError(f"PostgreSQL: format {version} is not known here")
        self.tail = UnfoldedTail(self)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """One consistent view, given back at once."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            if self.is_open:
                self.run("COMMIT")

    def chains(self) -> list[ChainState]:
        """Every chain, the latest own one first."""
        return read_chains(self)

    def shelf(self, number: int) -> Shelf | None:
        """Where the batches of a chain are."""
        return read_shelf(self, number)

    def held(self, shelf: Shelf) -> Spans:
        """What is held of a chain."""
        return read_held(self, shelf)

    def version(self) -> int:
        """Changes whenever anybody committed: a hash of which transactions are over."""
        return int(self.one("SELECT hashtextextended(pg_current_snapshot()::text, 0)"))

    def state(self) -> StoreState:
        """How the store is doing, within a transaction; the epoch is that of the node that sealed last."""
        row = self.execute(
            "SELECT o.epoch, l.last, l.sealed_ms FROM origin o LEFT JOIN LATERAL (SELECT first + span - 1 AS last, sealed_ms"
            " FROM ledger WHERE origin = o.number ORDER BY first DESC LIMIT 1) l ON TRUE"
            " WHERE o.own ORDER BY l.sealed_ms DESC NULLS LAST LIMIT 1"
        ).fetchone()
        epoch, sequence, sealed_ms = row or (b"", 0, None)
        unfolded = count_unfolded(self)
        used = self.one("SELECT pg_database_size(current_database())")
        return StoreState(epoch.hex(), sequence or 0, sealed_ms, unfolded, used, 0, count_lost(self))


class DatabaseConnection:
    """A source and its thread. A whole question is one trip there."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._thread: ServingThread | None = None
        self._source: PostgresSource | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no store yet; the thread has ended then."""
        self._thread = ServingThread("reader")
        try:
            self._source = await self._thread.run(partial(PostgresSource, self._address))
        except BaseException:
            await self.close()
            raise

    def ask(self, question: Callable[[PostgresSource], T]) -> "asyncio.Future[T]":
        """What ``question`` says, called on the thread."""
        thread, source = self._thread, self._source
        if thread is None or source is None:
            raise RuntimeError("the connection is not open")
        return thread.run(partial(_answer, question, source))

    async def close(self) -> None:
        """Let go."""
        thread, source, self._thread, self._source = self._thread, self._source, None, None
        if thread is not None:
            if source is not None:
                await thread.run(source.close)
            thread.stop()


def _answer(question: Callable[[PostgresSource], T], source: PostgresSource) -> T:
    source.lasts()
    return question(source)
