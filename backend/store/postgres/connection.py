"""One connection to PostgreSQL, used like SQLite's from one plain thread: asyncpg on a loop of that thread's own."""

import asyncio
import contextlib
import re
import sys
from collections.abc import Coroutine, Generator, Iterator
from functools import lru_cache
from typing import Any, TypeVar, cast

import asyncpg

from backend.model.delivery import StorageError
from backend.settings.addresses.database import each_host

T = TypeVar("T")
PREPARED = 256
"""Statements kept prepared."""
TIMEOUT_S = 15.0
"""A statement that has not ended by then never will: the server, or its machine, hangs, and another may have taken its place."""
CONNECT_S = 3.0
_connect = cast(Any, asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]
_KEYS = re.compile(r"(\w+) IN \(([0-9,]+)\)")
TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


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
        self._addresses = each_host(address)
        self._reads_only = reads_only
        self._patience_s = TIMEOUT_S
        self._loop: asyncio.AbstractEventLoop | None = None
        self._link: Any = None
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
                self._wait(self._link.close())
            self._link = None
            self._prepared.clear()
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    async def _connected(self) -> Any:
        if self._link is None:
            self._prepared.clear()
            self._link = await self._connect()
        return self._link

    async def _connect(self) -> Any:
        # asyncpg tries several hosts by itself, but within one time-out: one that is silent would keep it from the others.
        standbys: list[str] = []
        trouble: Exception = OSError("no host")
        for address in list(self._addresses):
            try:
                return await _connect_to(address, "read-write")
            except asyncpg.TargetServerAttributeNotMatched as error:
                trouble = error
                standbys.append(address)
            except TROUBLE as error:
                trouble = error
                # The next time it is asked last.
                self._addresses.remove(address)
                self._addresses.append(address)
        if self._reads_only and standbys:
            return await _connect_to(standbys[0], "any")
        raise trouble

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

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = _new_loop()
        try:
            return self._loop.run_until_complete(work)
        except TROUBLE as error:
            # At once: were the server asked to cancel, a commit that waits for a standby would be seen by readers without it.
            self.drop()
            raise StorageError(f"PostgreSQL: {str(error) or 'no answer in time'}") from error


async def _connect_to(address: str, session: str) -> Any:
    # What is asked is always found by a key: to think anew about the way there takes as long as going it.
    plans = {"plan_cache_mode": "force_generic_plan"}
    return await _connect(
        address, target_session_attrs=session, command_timeout=TIMEOUT_S, timeout=CONNECT_S, server_settings=plans
    )


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
