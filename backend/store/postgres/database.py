"""The one writing connection of a process: migrating, transactions, writing by COPY, and starting over after an error."""

import contextlib
from collections.abc import Generator, Sequence
from typing import Any, ClassVar

from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.store.postgres import locks
from backend.store.postgres.connection import Connection
from backend.store.postgres.partitions import Partitions
from backend.store.postgres.schema import MIGRATIONS, VERSION

COPY_FROM = 4
"""So many rows are written by COPY; fewer by INSERT, which takes one trip instead of two."""
MIGRATION_S = 3600.0
"""Tables that are made anew may take long, and so may another process that is at it."""
LAZILY = "BEGIN; SET LOCAL synchronous_commit TO OFF"
"""For what can be done again: a later commit that waits for the disk waits for this too."""
DURABLY = "SET LOCAL synchronous_commit TO DEFAULT"
"""For what was begun lazily and then had something to say to others."""


_NEWER = "{path} was written by a newer Enemado (format {found}, this program knows {known}): install that version"


class DatabaseNewer(StorageError):
    """The tables were made by a newer program."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Database(Connection):
    """Used by one thread only."""

    by_site: ClassVar[bool] = True

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.partitions = Partitions(self)

    @property
    def connection(self) -> Connection:
        """For what only reads."""
        return self

    def migrate(self) -> None:
        """Bring the tables to what this program knows."""
        with self.patience(MIGRATION_S), self.transaction():
            locks.wait_for(self, locks.SCHEMA)
            self.execute("CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)")
            version = int(self.one("SELECT coalesce(max(version), 0) FROM migration"))
            if version > VERSION:
                raise DatabaseNewer(Message(_NEWER, {"path": "PostgreSQL", "found": version, "known": VERSION}))
            for number in range(version, VERSION):
                for statement in MIGRATIONS[number]:
                    self.execute(statement)
                self.execute("INSERT INTO migration (version) VALUES (?)", (number + 1,))

    @contextlib.contextmanager
    def transaction(self, begin: str = "BEGIN") -> Generator[None]:
        """All or nothing, on disk at the end. Raises ``StorageError``."""
        self.run(begin)
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self.partitions.forget()
            if self.is_open:
                self.run("ROLLBACK")
            raise

    def answer_for(self) -> None:
        """Let this transaction, though it writes nothing, wait at its end for what it has read: the disk, and a standby."""
        self.execute("SELECT pg_logical_emit_message(TRUE, 'enemado', '')::text")

    def put_all(
        self, table: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]", sites: Sequence[str] = (), keys: int = 1
    ) -> None:
        """Write rows whose first columns, so many, are their key, each in place of one that is there; the site belongs to it."""
        key, others, of_one = columns[:keys], columns[keys:], keys == 1
        if sites:
            key, rows = (*key, "site"), [(*row[:keys], site, *row[keys:]) for row, site in zip(rows, sites, strict=True)]
        if of_one and len(rows) >= COPY_FROM:
            clear = " AND ".join(f"{name} = ANY(?)" for name in key)
            self.execute(f"DELETE FROM {table} WHERE {clear}", tuple([row[place] for row in rows] for place in range(len(key))))
            self.copy(table, (*key, *others), rows)
            return
        names = (*key, *others)
        settled = f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}" if others else "NOTHING"
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT ({', '.join(key)}) DO {settled}"
        for row in rows:
            self.execute(sql, row)

    def expect(self, hour: int) -> None:
        """Make ready for chunks and roll-ups of this UTC hour."""
        self.partitions.expect_hour(hour)
