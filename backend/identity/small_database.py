"""A small SQLite file that only this user can read, opened anew for every call: always as other processes left it."""

import contextlib
import os
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path

_PATIENCE_S = 5.0
"""For other processes that write."""


class SmallDatabase:
    """Every commit is on disk when it returns. Raises ``sqlite3.Error`` and ``OSError``."""

    def __init__(self, path: Path, migrations: Sequence[Sequence[str]]) -> None:
        """Entry n of ``migrations`` brings a file of ``user_version`` n to n + 1; never change one that was released."""
        self.path, self._migrations = path, migrations

    @contextlib.contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """One transaction, begun at once; makes the file where there is none."""
        if not self.path.exists():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        with self._open() as connection, _transaction(connection):
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """To read only; there must be a file."""
        with self._open() as connection:
            yield connection

    @contextlib.contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        place = f"{self.path.absolute().as_uri()}?mode=rw"
        with contextlib.closing(sqlite3.connect(place, uri=True, timeout=_PATIENCE_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            if _version(connection) != len(self._migrations):
                self._migrate(connection)
            yield connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        with _transaction(connection):
            version = _version(connection)
            if version > len(self._migrations):
                raise sqlite3.DatabaseError(f"{self.path.name} was written by a newer version")
            for migration in self._migrations[version:]:
                for statement in migration:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={len(self._migrations)}")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    # Leaving without an error commits, any error rolls back.
    with connection:
        yield


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
