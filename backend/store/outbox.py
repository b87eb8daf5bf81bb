"""The outgoing side of a store: ``async with open_outbox(place) as outbox``."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from backend.model.delivery import StorageError
from backend.model.spans import Spans
from backend.store.exchange import ChainState, KeptBatch
from backend.store.reader import NO_POSTGRES
from backend.store.sqlite.source import CacheConnection
from backend.store.tiers.outbox import OutboxSource, Outgoing

T = TypeVar("T")


class Connection(Protocol):
    """A source and the thread where it lives."""

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no store yet; the thread has ended then."""
        ...

    def ask(self, question: Callable[[OutboxSource], T]) -> "asyncio.Future[T]":
        """What ``question`` says, called on the thread."""
        ...

    async def close(self) -> None:
        """Let go, also of what was never opened."""
        ...


class StoreOutbox:
    """Implements ``backend.store.exchange.Outbox``. Every question is one trip to one thread and one short transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outgoing: Outgoing | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no store yet."""
        await self._connection.open()
        self._outgoing = await self._connection.ask(Outgoing)

    async def chains(self) -> Sequence[ChainState]:
        """This node's own chains and those of its children, the present own one first."""
        return await self._ask(Outgoing.chains)

    async def oldest(self, number: int, first: int, most_bytes: int) -> Sequence[KeptBatch]:
        """Batches with that first sequence number or a higher one, in order, as many as fit."""
        return await self._ask(lambda outgoing: outgoing.oldest(number, first, most_bytes))

    async def newest(self, number: int, after: int, most_bytes: int) -> Sequence[KeptBatch]:
        """Batches whose first number is higher than ``after``, newest first, as many as fit."""
        return await self._ask(lambda outgoing: outgoing.newest(number, after, most_bytes))

    async def defining(self, number: int, after: int = 0) -> Sequence[KeptBatch]:
        """Every batch with lasting definitions whose first number is higher than ``after``, in order."""
        return await self._ask(lambda outgoing: outgoing.defining(number, after))

    async def readings_between(self, number: int, spans: Spans) -> int:
        """How many readings the batches in these spans hold."""
        return await self._ask(lambda outgoing: outgoing.readings_between(number, spans))

    async def digest(self, number: int, first: int, last: int) -> tuple[int, int, bytes]:
        """Batches, readings and SHA-256 over the hashes, in order, of what is held of a span."""
        return await self._ask(lambda outgoing: outgoing.digest(number, first, last))

    async def since(self, number: int, sealed_ms: int) -> int:
        """First sequence number of the first batch that was sealed then or later."""
        return await self._ask(lambda outgoing: outgoing.since(number, sealed_ms))

    async def owners(self) -> Mapping[str, str]:
        """Whose a site is: every site that a child has defined."""
        return await self._ask(Outgoing.owners)

    async def close(self) -> None:
        """Let go of the store."""
        self._outgoing = None
        await self._connection.close()

    async def _ask(self, question: Callable[[Outgoing], T]) -> T:
        outgoing = self._outgoing
        if outgoing is None:
            raise RuntimeError("the outbox is closed")
        return await self._connection.ask(lambda _: _answered(question, outgoing))


def _answered(question: Callable[[Outgoing], T], outgoing: Outgoing) -> T:
    try:
        return question(outgoing)
    except sqlite3.Error as error:
        raise StorageError(f"reading: {error}") from error


@asynccontextmanager
async def open_outbox(place: Path | str) -> AsyncGenerator[StoreOutbox]:
    """Open what is to be sent of a cache file, or of a database by its address. Raises ``StorageError`` where there is none."""
    outbox = StoreOutbox(_connection(place))
    try:
        await outbox.open()
        yield outbox
    finally:
        await outbox.close()


def _connection(place: Path | str) -> Connection:
    if isinstance(place, Path):
        return CacheConnection(place)
    try:
        from backend.store.postgres.source import DatabaseConnection
    except ImportError as error:
        raise StorageError(NO_POSTGRES) from error
    return DatabaseConnection(place)
