"""The one writing connection: opening, checking, migrating, transactions, checkpoints, and starting over after an error."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import structlog

from backend.model.delivery import StorageError, StoreDamaged
from backend.model.message import Message
from backend.store.sqlite.schema import APPLICATION_ID, MIGRATIONS, VERSION

_log = structlog.get_logger(__name__)

PAGE_BYTES = 4096
WAL_LIMIT_BYTES = 8 * 1024 * 1024
HEADER = b"SQLite format 3\x00"

Connect = Callable[[Path], sqlite3.Connection]


def connect(path: Path) -> sqlite3.Connection:
    """A connection without transactions of its own, on a log that is on disk. Raises ``sqlite3.Error``."""
    try:
        _write_log_again(path.with_name(path.name + "-wal"))
    except OSError as error:
        raise sqlite3.OperationalError(f"{path}: {error.strerror}") from error
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)


def _write_log_again(log: Path) -> None:
    """Bring a dead process's log to the disk.

    After a failed sync the system holds its pages for written: we would read them, build upon them and, at the next
    power loss, find neither them nor what came after. Only writing them again makes a later sync mean them too.
    """
    with contextlib.suppress(FileNotFoundError), log.open("r+b") as file:
        content = file.read()
        file.seek(0)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class StoreNewer(StorageError):
    """The file was written by a newer program."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class StoreFull(StorageError):
    """The file reached its cap, or the disk its end."""


_KINDS = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
}


def as_storage_error(error: Exception) -> StorageError:
    """What an error of SQLite means to whoever stores something."""
    return _KINDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, StorageError)(str(error))


class Database:
    """Used by one thread only. Whatever fails, the next use starts with a fresh connection."""

    by_site: ClassVar[bool] = False

    def __init__(self, path: Path, page_bytes: int = PAGE_BYTES, connect: Connect = connect) -> None:
        self.path = path
        self._connect = connect
        self._page_bytes = page_bytes
        self._max_pages = 0
        self._checkpointed = 0
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Connect, migrate, make ready. Raises ``sqlite3.DatabaseError`` for a damaged file."""
        self._connection = connection = self._connect(self.path)
        fresh = connection.execute("PRAGMA page_count").fetchone()[0] == 0
        for pragma in (
            # Written into the file, each time it is said: of no use there, and refused where the disk is full.
            *((f"page_size={self._page_bytes}", "auto_vacuum=INCREMENTAL") if fresh else ()),
            "journal_mode=WAL",
            "synchronous=FULL",
            f"wal_autocheckpoint={WAL_LIMIT_BYTES // self._page_bytes}",
            f"journal_size_limit={WAL_LIMIT_BYTES}",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "mmap_size=0",
            "cache_size=-8192",
            "temp_store=MEMORY",
            "secure_delete=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self._checkpointed = 0
        self._migrate(connection)
        if self._max_pages:
            self.limit(self._max_pages * self.page_bytes)

    @property
    def page_bytes(self) -> int:
        """Size of a page of this file."""
        return int(self.one("PRAGMA page_size"))

    def limit(self, cap_bytes: int) -> None:
        """Refuse to grow past this size, whatever happens."""
        self._max_pages = max(cap_bytes // self.page_bytes, 64)
        self.execute(f"PRAGMA max_page_count={self._max_pages}")

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; opened anew if an error closed it."""
        if self._connection is None:
            self.open()
            self._verify()
        assert self._connection is not None
        return self._connection

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that can be believed."""
        return self._connection is not None

    def execute(self, sql: str, values: "tuple[Any, ...]" = ()) -> sqlite3.Cursor:
        """One statement."""
        return self.connection.execute(sql, values)

    def one(self, sql: str, values: "tuple[Any, ...]" = ()) -> Any:
        """First column of the first row, None where there is none."""
        row = self.connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def put_all(
        self, table: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]", sites: Sequence[str] = (), keys: int = 1
    ) -> None:
        """Write rows, each in place of one with the same key; nothing is told of sites here, and tables know their keys."""
        marks = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def expect(self, hour: int) -> None:
        """Nothing has to be ready for an hour: every table is one tree."""

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing, on disk at the end. Raises ``StorageError``; the connection that failed is not used again."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.drop()
            raise as_storage_error(error) from error
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def drop(self) -> None:
        """Close without another word: after a failed fsync nothing that this connection believes is true."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @property
    def uncheckpointed_rows(self) -> int:
        """Rows changed since the last checkpoint; each means one to four pages of the log."""
        return self.connection.total_changes - self._checkpointed

    def checkpoint(self) -> None:
        """Bring the log into the file without waiting for readers."""
        self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._checkpointed = self.connection.total_changes

    def close(self) -> None:
        """Checkpoint and let go."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._connection.close()
            self._connection = None

    def _verify(self) -> None:
        if self.one("SELECT value FROM meta WHERE key = 'epoch'") is None:
            self.drop()
            raise StorageError("the store lost its epoch")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            self.drop()
            raise StoreNewer(
                Message(
                    "{path} was written by a newer Enemado (format {found}, this program knows {known}): install that version",
                    {"path": str(self.path), "found": version, "known": VERSION},
                )
            )
        for number in range(version, VERSION):
            connection.execute("BEGIN IMMEDIATE")
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={number + 1}")
            connection.execute("COMMIT")


def set_aside(path: Path, stamp: str) -> Path:
    """Rename a damaged file, and its log, so that work can go on; the new name."""
    kept = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(kept.with_name(kept.name + suffix))
    _log.error("store set aside", path=str(path), kept=str(kept))
    return kept
