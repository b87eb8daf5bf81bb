"""A look at a cache file before it is opened for writing: whether it can be read, and whether it is what it was."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from backend.model.delivery import StorageError
from backend.store.sqlite.database import HEADER
from backend.store.sqlite.mark import Note
from backend.store.sqlite.schema import MIGRATIONS, VERSION
from backend.store.tiers.meta import Meta

_OF_THE_SYSTEM = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
)
"""Errors that say nothing of the file's content."""
BELIEVED = 1000
"""Versions that may follow ours."""
_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Condition:
    """What was found."""

    is_damaged: bool = False
    behind: int = 0
    """Sequence numbers that were on disk once, in this very file."""
    is_another: bool = False
    """Whether this is not the file that was here before."""


def look_at(path: Path, note: Note | None) -> Condition:
    """Without writing anything that counts. Raises ``StorageError`` where the system lets nobody read."""
    if not path.exists() or not path.stat().st_size:
        return Condition(is_another=note is not None)
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            return Condition(is_damaged=True)
    try:
        # Not for writing: its log may hold more than SQLite believes. What broke off before there was a log has to be undone.
        mode = "rw" if path.with_name(f"{path.name}-journal").exists() else "ro"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)) as connection:
            return _condition(path, connection, note)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OF_THE_SYSTEM:
            raise StorageError(str(error)) from error
        return Condition(is_damaged=True)


def _condition(path: Path, connection: sqlite3.Connection, note: Note | None) -> Condition:
    """Header, size and the ends of every table; a look at all pages would take minutes."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in tables:
        for order in ("ASC", "DESC"):
            connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid {order} LIMIT 1').fetchone()
    pages, size = (connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("page_count", "page_size"))
    is_short = not path.with_name(path.name + "-wal").exists() and path.stat().st_size < pages * size
    if is_short or _says_another_version(connection):
        return Condition(is_damaged=True)
    if note is None or not {"meta", "batch"} <= tables:
        return Condition()
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    if meta.get(Meta.RESTORED):
        return Condition()
    if meta.get(Meta.EPOCH) != note.epoch:
        return Condition(is_another=True)
    last = connection.execute("SELECT first + span - 1 FROM batch ORDER BY first DESC LIMIT 1").fetchone()
    return Condition(behind=max(0, note.sequence - (0 if last is None else last[0])))


def _says_another_version(connection: sqlite3.Connection) -> bool:
    """Whether its tables are those of this very program, and its version is one that cannot be.

    A version that could be a newer program's is believed: that program may have changed what lies in the same tables.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if VERSION <= version < VERSION + BELIEVED:
        return False
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for migration in MIGRATIONS:
            for statement in migration:
                fresh.execute(statement)
        return set(fresh.execute(_SCHEMA)) == set(connection.execute(_SCHEMA))
