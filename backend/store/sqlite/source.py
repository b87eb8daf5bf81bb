"""Where a reader of the file gets its answers: a read-only connection."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.model.delivery import StorageError
from backend.store.contract import StoreState
from backend.store.sqlite.schema import VERSION
from backend.store.sqlite.tail import FileTail


class FileSource:
    """Used by one thread only. Raises ``StorageError`` where there is no cache yet."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        try:
            self.connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=2.0)
            self.connection.execute("PRAGMA mmap_size=0")
            self.connection.execute("PRAGMA cache_size=-4096")
            self.connection.execute("PRAGMA trusted_schema=OFF")
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise StorageError(f"{path}: {error}") from error
        if version > VERSION or version == 0:
            self.connection.close()
            raise StorageError(f"{path}: format {version} is not known here")
        self.tail = FileTail(self.connection)

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

    def version(self) -> int:
        """Changes whenever anybody committed."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Let go."""
        self.connection.close()

    def state(self) -> StoreState:
        """How the store is doing, within a transaction."""
        meta = dict(self.connection.execute("SELECT key, value FROM meta").fetchall())
        last = self.connection.execute("SELECT first + span - 1, sealed_ms FROM batch ORDER BY first DESC LIMIT 1").fetchone()
        sql = "SELECT coalesce(sum(readings), 0) FROM batch WHERE first >= ?"
        unfolded = self.connection.execute(sql, (meta.get("folded", 1),)).fetchone()[0]
        pages, free, size = (
            self.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        sequence, sealed_ms = last or (0, None)
        epoch, cap, lost = meta["epoch"].hex(), int(meta.get("cap", 0)), int(meta.get("lost", 0))
        return StoreState(epoch, sequence, sealed_ms, unfolded, (pages - free) * size, cap, lost)
