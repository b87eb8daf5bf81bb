"""The reading side for faces, tools and the API: ``async with open_reader(path) as reader``."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.contract import Level, Rollup, StoreState
from backend.store.sqlite.look import Look, connect
from backend.wire.numbers import Damaged

T = TypeVar("T")


class CacheConnection(aiosqlite.Connection):
    """A read-only connection and its thread. A whole question is one trip there, and decoding stays off the event loop."""

    def __init__(self, path: Path) -> None:
        super().__init__(partial(connect, path), iter_chunk_size=64)
        # A face that dies must not wait for its reader.
        self._thread.daemon = True
        self._stopping: asyncio.Future[Any] | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no cache yet; the thread has ended then."""
        try:
            await self
        except BaseException:
            if self._stopping is not None:
                await self._stopping
            raise

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread; ``aiosqlite`` calls it when connecting failed, and nobody else waits for the end."""
        self._stopping = cast(Any, super()).stop()
        return self._stopping

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """What ``question`` says, called on the connection's thread."""
        execute = cast("Callable[[Callable[[], T]], Awaitable[T]]", cast(Any, self)._execute)
        return await execute(lambda: question(self._conn))


class SqliteReader:
    """Implements ``backend.store.contract.Reader``. Every question is one trip to one thread and one short transaction.

    Questions raise ``StorageError`` where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._connection = CacheConnection(path)
        self._look: Look | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no cache yet."""
        await self._connection.open()
        self._look = await self._connection.ask(Look)

    async def version(self) -> int:
        """A number that changes whenever anybody committed."""
        return await self._ask(Look.version)

    async def sites(self) -> Sequence[Site]:
        """Sites of the settings, by key."""
        return await self._ask(lambda look: look.documents("site", Site))

    async def devices(self) -> Sequence[Device]:
        """Devices of the settings, by key."""
        return await self._ask(lambda look: look.documents("device", Device))

    async def points(self) -> Sequence[Point]:
        """Every point that was ever declared, in order of declaration."""
        return await self._ask(Look.points)

    async def statuses(self) -> Sequence[DeviceStatus]:
        """Latest state of each device, by key."""
        return await self._ask(lambda look: look.documents("status", DeviceStatus))

    async def connectors(self) -> Sequence[ConnectorStatus]:
        """Latest state of each connector, by charger and number."""
        return await self._ask(lambda look: look.documents("connector", ConnectorStatus))

    async def latest(self, keys: Sequence[str] | None = None) -> Mapping[str, Reading]:
        """Newest reading by source time of each point (all when None); points never heard of are missing."""
        return await self._ask(lambda look: look.latest(keys))

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        return await self._ask(lambda look: look.raw(key, start_ms, end_ms))

    async def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end). Hours and days follow the time zone of the point's site."""
        return await self._ask(lambda look: look.rollup(key, level, start_ms, end_ms))

    async def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        """Energy per site calendar day, in the stored unit; unknown days are missing, never 0."""
        return await self._ask(lambda look: look.energy_by_day(keys, first, last))

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        return await self._ask(lambda look: look.events(start_ms, end_ms, subject, limit))

    async def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        """What ``Store.put`` kept, decoded as ``shape``."""
        return await self._ask(lambda look: look.document(kind, key, shape))

    async def state(self) -> StoreState:
        """How the store is doing."""
        return await self._ask(Look.state)

    def watch(self, step: Callable[[], int]) -> None:
        """Have ``step`` called (on the reader's thread) for every step of SQLite's machine; for measuring."""
        if self._look is not None:
            self._look.watch(step)

    async def close(self) -> None:
        """Let go of the file."""
        self._look = None
        await self._connection.close()

    async def _ask(self, question: Callable[[Look], T]) -> T:
        look = self._look
        if look is None:
            raise RuntimeError("the reader is closed")
        return await self._connection.ask(lambda _: _answered(question, look))


def _answered(question: Callable[[Look], T], look: Look) -> T:
    try:
        return question(look)
    except (sqlite3.Error, Damaged) as error:
        raise StorageError(f"reading: {error}") from error


class Opening:
    """A reader about to be opened: ``async with`` closes it again, ``await`` leaves that to the caller."""

    def __init__(self, path: Path) -> None:
        self._reader = SqliteReader(path)

    def __await__(self) -> Generator[Any, None, SqliteReader]:
        return self._open().__await__()

    async def __aenter__(self) -> SqliteReader:
        return await self._open()

    async def __aexit__(self, *_: object) -> None:
        await self._reader.close()

    async def _open(self) -> SqliteReader:
        try:
            await self._reader.open()
        except BaseException:
            await self._reader.close()
            raise
        return self._reader


def open_reader(path: Path) -> Opening:
    """Open a cache for reading; any number at once. Raises ``StorageError`` where there is none yet."""
    return Opening(path)
