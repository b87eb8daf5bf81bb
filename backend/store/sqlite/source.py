"""Where a reader of the file gets its answers: a read-only connection of ``aiosqlite``, on that one's thread."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.model.spans import Spans
from backend.store.contract import StoreState
from backend.store.exchange import ChainState
from backend.store.sqlite.chains import read_chains, read_held, read_shelf
from backend.store.sqlite.place import StoreMisplaced, check_place
from backend.store.sqlite.schema import VERSION
from backend.store.sqlite.tail import FileTail
from backend.store.tiers.holes import count_lost
from backend.store.tiers.meta import Meta
from backend.store.tiers.shelf import Shelf

T = TypeVar("T")


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection to a cache. Raises ``StorageError`` where there is none, or none that this program knows."""
    check_place(path)
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.ExitStack() as undo:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=2.0)
            undo.callback(connection.close)
            for pragma in ("mmap_size=0", "cache_size=-4096", "trusted_schema=OFF"):
                connection.execute(f"PRAGMA {pragma}")
            _check_version(path, connection.execute("PRAGMA user_version").fetchone()[0])
            undo.pop_all()
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {error}") from error
    return connection


def _check_version(path: Path, version: int) -> None:
    if version == 0:
        raise StoreMisplaced(Message("{path} holds no readings of Enemado; it is empty or another file", {"path": str(path)}))
    if version > VERSION:
        raise StorageError(f"{path}: format {version} is not known here")


class FileSource:
    """Used by one thread only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.tail = FileTail(connection)

    def execute(self, sql: str, values: "tuple[Any, ...]" = (), /) -> sqlite3.Cursor:
        """One statement."""
        return self.connection.execute(sql, values)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """One consistent view, given back at once so that the writer's log can be emptied."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def chains(self) -> list[ChainState]:
        """Every chain, the present own one first."""
        return read_chains(self)

    def shelf(self, number: int) -> Shelf | None:
        """Where the batches of a chain are."""
        return read_shelf(self, number)

    def held(self, shelf: Shelf) -> Spans:
        """What is held of a chain."""
        return read_held(self, shelf)

    def version(self) -> int:
        """Changes whenever anybody committed."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def state(self) -> StoreState:
        """How the store is doing, within a transaction. Raises ``StorageError`` where the writer is not that far yet."""
        meta = dict(self.connection.execute("SELECT key, value FROM meta").fetchall())
        if "epoch" not in meta:
            raise StorageError("the cache is only being made")
        last = self.connection.execute("SELECT first + span - 1, sealed_ms FROM batch ORDER BY first DESC LIMIT 1").fetchone()
        sql = (
            "SELECT (SELECT coalesce(sum(readings), 0) FROM batch WHERE first >= ?)"
            " + (SELECT coalesce(sum(readings), 0) FROM received WHERE id >= ?)"
        )
        unfolded = self.connection.execute(sql, (meta.get(Meta.FOLDED, 1), meta.get(Meta.RECEIVED, 1))).fetchone()[0]
        pages, free, size = (
            self.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        sequence, sealed_ms = last or (0, None)
        epoch, cap = meta["epoch"].hex(), int(meta.get("cap", 0))
        return StoreState(epoch, sequence, sealed_ms, unfolded, (pages - free) * size, cap, count_lost(self))


class CacheConnection(aiosqlite.Connection):
    """A read-only connection and its thread. A whole question is one trip there, and decoding stays off the event loop."""

    def __init__(self, path: Path) -> None:
        super().__init__(partial(connect, path), iter_chunk_size=64)
        # A face that dies must not wait for its reader.
        self._thread.daemon = True
        self._stopping: asyncio.Future[Any] | None = None
        self._source: FileSource | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no cache yet; the thread has ended then."""
        try:
            await self
        except BaseException:
            if self._stopping is not None:
                await self._stopping
            raise
        self._source = FileSource(self._conn)

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread; ``aiosqlite`` calls it when connecting failed, and nobody else waits for the end."""
        self._stopping = cast(Any, super()).stop()
        return self._stopping

    def ask(self, question: Callable[[FileSource], T]) -> "asyncio.Future[T]":
        """What ``question`` says, called on the connection's thread."""
        source = self._source
        if source is None:
            raise RuntimeError("the connection is not open")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        # As ``aiosqlite`` does for questions of its own.
        cast(Any, self)._tx.put_nowait((answer, lambda: question(source)))
        return answer
