"""One connection to PostgreSQL, used like SQLite's from one plain thread: asyncpg on a loop of that thread's own."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Coroutine, Generator, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from backend.model.delivery import StorageError
from backend.store.postgres.hosts import CONNECT_S, TROUBLE, Hosts, answers

T = TypeVar("T")
PREPARED = 256
"""Statements kept prepared."""
TIMEOUT_S = 15.0
"""A statement that has not ended by then never will: the server, or its machine, hangs, and another may have taken its place."""
SUSPECT_S = 1.5
"""After so long without an answer a host is asked whether it is there at all, where there are others."""
_KEYS = re.compile(r"(\w+) IN \(([0-9,]+)\)")


class FetchedRows:
    """What a statement gave, all of it."""

    def __init__(self, rows: list[Any], status: str) -> None:
        self._rows = rows
        self._status = status

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""
        return int(self._status.rpartition(" ")[2] or 0)

    def fetchone(self) -> Any:
        """The first row, None where there is none."""
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        """Every row."""
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


class Connection:
    """Connects when it is first needed; after any trouble it is closed, and the next use connects anew.

    Of several hosts it takes the one that takes writes; with ``reads_only``, a standby where there is no such. Everything
    raises ``StorageError``.
    """

    def __init__(self, address: str, *, reads_only: bool = False) -> None:
        self._hosts = Hosts(address)
        self._reads_only = reads_only
        self._patience_s = TIMEOUT_S
        self._loop: asyncio.AbstractEventLoop | None = None
        self._link: Any = None
        self._at = ""
        self._prepared: dict[str, Any] = {}

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._link is not None

    def lasts(self) -> bool:
        """Whether the connection is still there, without a trip; one that the server ended meanwhile is let go.

        To be asked before something begins, never within it: the next statement has another connection and none of its locks.
        """
        if self._link is None or self._loop is None:
            return False
        # The loop runs only while somebody waits: let it see what has come since.
        self._loop.run_until_complete(asyncio.sleep(0))
        if self._link.is_closed():
            self.drop()
        return self.is_open

    def execute(self, sql: str, values: "tuple[Any, ...]" = (), /) -> FetchedRows:
        """One statement with ``?`` for each value."""
        if " IN (" in sql:
            sql, values = without_lists(sql, values)
        return self._wait(self._execute(_numbered(sql), values))

    def one(self, sql: str, values: "tuple[Any, ...]" = ()) -> Any:
        """First column of the first row, None where there is none."""
        row = self.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def run(self, script: str) -> None:
        """Statements without values, in one trip."""
        self._wait(self._run(script))

    def copy(self, table: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]") -> None:
        """Append rows by binary COPY."""
        self._wait(self._copy(table, columns, rows))

    @contextlib.contextmanager
    def patience(self, seconds: float) -> Generator[None]:
        """Let statements take so long in this context."""
        self._patience_s = seconds
        try:
            yield
        finally:
            self._patience_s = TIMEOUT_S

    def drop(self) -> None:
        """Close without another word; what was locked is free, what was not committed is gone."""
        link, self._link = self._link, None
        self._prepared.clear()
        if link is not None and self._loop is not None:
            link.terminate()
            # The loop runs only while somebody waits: let it close the socket.
            self._loop.run_until_complete(asyncio.sleep(0))

    def close(self) -> None:
        """Let go."""
        if self._link is not None:
            with contextlib.suppress(StorageError):
                self._wait(self._link.close(timeout=CONNECT_S))
            self._link = None
            self._prepared.clear()
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    async def _connected(self) -> Any:
        if self._link is None:
            self._prepared.clear()
            found = await self._hosts.connect(TIMEOUT_S, reads_only=self._reads_only)
            self._link, self._at = found.link, found.address
        return self._link

    async def _execute(self, sql: str, values: tuple[Any, ...]) -> FetchedRows:
        link = await self._connected()
        statement = self._prepared.get(sql)
        if statement is None:
            statement = await link.prepare(sql)
            if len(self._prepared) < PREPARED:
                self._prepared[sql] = statement
        rows = await statement.fetch(*values, timeout=self._patience_s)
        return FetchedRows(rows, statement.get_statusmsg())

    async def _run(self, script: str) -> None:
        await (await self._connected()).execute(script, timeout=self._patience_s)

    async def _copy(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        await (await self._connected()).copy_records_to_table(table, records=rows, columns=columns)

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait no longer once the host hangs."""
        over = asyncio.Event()
        result, _ = await asyncio.gather(_then(work, over), self._watch(over), return_exceptions=True)
        if isinstance(result, BaseException):
            raise result
        return result

    async def _watch(self, over: asyncio.Event) -> None:
        """Hang up on a host that owes an answer and lets nobody in; one that is merely slow is given all of its time."""
        while not over.is_set():
            try:
                async with asyncio.timeout(SUSPECT_S):
                    await over.wait()
            except TimeoutError:
                if self._link is not None and not await answers(self._at) and not over.is_set():
                    self._hosts.doubt(self._at)
                    self._link.terminate()
                    return

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = _new_loop()
        try:
            return self._loop.run_until_complete(self._watched(work) if self._hosts.are_several else work)
        except TROUBLE as error:
            # At once: were the server asked to cancel, a commit that waits for a standby would be seen by readers without it.
            self.drop()
            raise StorageError(f"PostgreSQL: {str(error) or 'no answer in time'}") from error


async def _then(work: Coroutine[Any, Any, T], over: asyncio.Event) -> T:
    try:
        return await work
    finally:
        over.set()


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one: a trip to the server costs half."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def without_lists(sql: str, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Lists of keys become values too, so that the statement stays the same whatever they hold.

    Their bounds are told apart: by these the server finds the partitions without making a new plan.
    """
    parts, more = _KEYS.split(sql), list(values)
    for place in range(1, len(parts), 3):
        before = sum(part.count("?") for part in parts[:place])
        keys = [int(key) for key in parts[place + 1].split(",")]
        more[before:before] = [keys, min(keys), max(keys)]
        parts[place : place + 2] = [f"({parts[place]} = ANY(?::bigint[]) AND {parts[place]} BETWEEN ? AND ?)", ""]
    return "".join(parts), tuple(more)


@lru_cache(maxsize=512)
def _numbered(sql: str) -> str:
    """The same with $1, $2 … for the question marks."""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
