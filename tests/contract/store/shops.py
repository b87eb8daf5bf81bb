"""Where stores of a kind can be had, empty and apart from each other."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from itertools import count
from pathlib import Path
from typing import Protocol

import asyncpg

from backend.model.clock import Clock
from backend.store import postgres
from backend.store.contract import Reader, SharedStore
from backend.store.exchange import Outbox
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.store.sqlite import Retention, open_store
from tests.support.clock import FakeClock
from tests.support.postgres import Server
from tests.support.town import Town, settle_in


class Shop(Protocol):
    """One place for a store: opening it again finds what was there."""

    def open(self, node: str, clock: Clock, retention: Retention | None = None) -> AbstractAsyncContextManager[SharedStore]: ...

    def reader(self) -> AbstractAsyncContextManager[Reader]: ...

    def outbox(self) -> AbstractAsyncContextManager[Outbox]: ...

    async def batches(self) -> list[bytes]:
        """Every sealed batch, in order."""
        ...

    async def rows(self) -> dict[str, list[str]]:
        """Everything in every table."""
        ...

    def another(self) -> "Shop":
        """An empty place."""
        ...


class SqliteShop:
    """One file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "c.db"
        self._numbers = count(1)

    def open(self, node: str, clock: Clock, retention: Retention | None = None) -> AbstractAsyncContextManager[SharedStore]:
        return open_store(self._path, node, clock, retention)

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        return open_reader(self._path)

    def outbox(self) -> AbstractAsyncContextManager[Outbox]:
        return open_outbox(self._path)

    async def batches(self) -> list[bytes]:
        with closing(sqlite3.connect(self._path)) as connection:
            return [body for (body,) in connection.execute("SELECT body FROM batch ORDER BY first")]

    async def rows(self) -> dict[str, list[str]]:
        with closing(sqlite3.connect(self._path)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in tables}

    def another(self) -> "SqliteShop":
        return SqliteShop(self._folder / str(next(self._numbers)))


class PostgresShop:
    """One database of the tests' own server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._address: str | None = None

    async def address(self) -> str:
        if self._address is None:
            self._address = await self._server.new_database()
        return self._address

    @asynccontextmanager
    async def open(self, node: str, clock: Clock, retention: Retention | None = None) -> AsyncGenerator[SharedStore]:
        async with postgres.open_store(await self.address(), node, clock, retention) as store:
            yield store

    @asynccontextmanager
    async def reader(self) -> AsyncGenerator[Reader]:
        async with open_reader(await self.address()) as reader:
            yield reader

    @asynccontextmanager
    async def outbox(self) -> AsyncGenerator[Outbox]:
        async with open_outbox(await self.address()) as outbox:
            yield outbox

    async def batches(self) -> list[bytes]:
        link = await asyncpg.connect(await self.address())
        try:
            return [body for (body,) in await link.fetch("SELECT body FROM batch ORDER BY origin, first")]
        finally:
            await link.close()

    async def rows(self) -> dict[str, list[str]]:
        link = await asyncpg.connect(await self.address())
        try:
            tables = [row[0] for row in await link.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            return {table: sorted(repr(tuple(row)) for row in await link.fetch(f"SELECT * FROM {table}")) for table in tables}
        finally:
            await link.close()

    def another(self) -> "PostgresShop":
        return PostgresShop(self._server)


@asynccontextmanager
async def town(shop: Shop, now_ms: int, timezone: str = "Asia/Tokyo", retention: Retention | None = None) -> AsyncGenerator[Town]:
    """The small town in a store of this shop."""
    clock = FakeClock(now_ms)
    async with shop.open("school", clock, retention) as store:
        yield await settle_in(store, clock, timezone)
