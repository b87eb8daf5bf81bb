"""The product's one writing connection on a recorded disk: apsw in the manner of ``sqlite3``."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import apsw

from backend.store.sqlite.database import Connect
from tests.support.power import RecordingDisk


def connect_to(disk: RecordingDisk, *, trust_log: bool = False, **instead: str) -> Connect:
    """How a store connects to this disk: as the product does, its log written again first.

    Defects to plant: ``trust_log`` leaves that out, and ``instead`` names settings that get another value than the product's.
    """

    def connect(path: Path) -> sqlite3.Connection:
        if not trust_log:
            disk.write_again(f"{path.name}-wal")
        return cast("sqlite3.Connection", RecordedConnection(disk, path, instead))

    return connect


class RecordedConnection:
    """As much of ``sqlite3.Connection`` as the product uses."""

    def __init__(self, disk: RecordingDisk, path: Path, instead: dict[str, str]) -> None:
        self._connection = apsw.Connection(str(path), vfs=disk.name)
        self._instead = instead
        # The index of the log would lie in memory that processes share, which Python's file systems do not have.
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()

    def execute(self, sql: str, values: "tuple[Any, ...]" = ()) -> "Rows":
        for name, value in self._instead.items():
            if sql.startswith(f"PRAGMA {name}="):
                sql = f"PRAGMA {name}={value}"
        try:
            return Rows(self._connection, self._connection.execute(sql, values))
        except apsw.Error as error:
            raise _as_sqlite3(error) from error

    def executemany(self, sql: str, rows: "list[tuple[Any, ...]]") -> None:
        try:
            self._connection.executemany(sql, rows)
        except apsw.Error as error:
            raise _as_sqlite3(error) from error

    @property
    def total_changes(self) -> int:
        return self._connection.total_changes()

    def close(self) -> None:
        # ``sqlite3`` never tells what went wrong in there.
        with contextlib.suppress(apsw.Error):
            self._connection.close(True)


class Rows:
    """As much of ``sqlite3.Cursor`` as the product uses."""

    def __init__(self, connection: apsw.Connection, cursor: apsw.Cursor) -> None:
        self._cursor = cursor
        self.rowcount = connection.changes()

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)


def _as_sqlite3(error: apsw.Error) -> sqlite3.Error:
    same = sqlite3.OperationalError(str(error))
    same.sqlite_errorcode = cast("int", getattr(error, "result", sqlite3.SQLITE_ERROR))
    return same
