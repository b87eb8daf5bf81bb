"""Where a reader of PostgreSQL gets its answers: a connection of its own, one snapshot per question."""

from collections.abc import Generator
from contextlib import contextmanager

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.store.contract import StoreState
from backend.store.postgres.connection import Connection
from backend.store.postgres.schema import VERSION
from backend.store.tiers.latest import Newest, load
from backend.store.tiers.meta import Meta
from backend.wire.batch import unseal


class UnfoldedTail:
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._parts: dict[int, Columns] = {}
        self._run: int | None = -1
        self.newest = Newest()

    def refresh(self) -> None:
        """Take what came since the last look; within the caller's transaction."""
        run = self._connection.one("SELECT value FROM meta WHERE key = ?", (Meta.RUN,))
        if run != self._run:
            load(self._connection, self.newest)
            self._run = run
        there = [number for (number,) in self._connection.execute("SELECT id FROM unfolded ORDER BY id")]
        kept = set(there)
        self._parts = {number: part for number, part in self._parts.items() if number in kept}
        missing = [number for number in there if number not in self._parts]
        if missing:
            self._fetch(missing)

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        parts = [part.take(part.point == point) for _, part in sorted(self._parts.items())]
        return [part for part in parts if len(part)]

    def _fetch(self, numbers: list[int]) -> None:
        sql = (
            "SELECT u.id, b.body FROM unfolded u JOIN batch b USING (sealed_ms, origin, first) WHERE u.id = ANY(?) ORDER BY u.id"
        )
        for number, body in self._connection.execute(sql, (numbers,)):
            self._parts[number] = rows = unseal(body).readings
            self.newest.take(rows)


class PostgresSource(Connection):
    """Used by one thread only. Raises ``StorageError`` where there is no store yet."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        try:
            version = self.one("SELECT max(version) FROM migration")
        except StorageError:
            self.close()
            raise
        if version is None or version > VERSION:
            self.close()
            raise StorageError(f"PostgreSQL: format {version} is not known here")
        self.tail = UnfoldedTail(self)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """One consistent view, given back at once."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            if self.is_open:
                self.run("COMMIT")

    def version(self) -> int:
        """Changes whenever anybody committed: a hash of which transactions are over."""
        return int(self.one("SELECT hashtextextended(pg_current_snapshot()::text, 0)"))

    def state(self) -> StoreState:
        """How the store is doing, within a transaction; the epoch is that of the node that sealed last."""
        row = self.execute(
            "SELECT o.epoch, l.last, l.sealed_ms FROM origin o LEFT JOIN LATERAL (SELECT first + span - 1 AS last, sealed_ms"
            " FROM ledger WHERE origin = o.number ORDER BY first DESC LIMIT 1) l ON TRUE"
            " WHERE o.own ORDER BY l.sealed_ms DESC NULLS LAST LIMIT 1"
        ).fetchone()
        epoch, sequence, sealed_ms = row or (b"", 0, None)
        unfolded = self.one("SELECT coalesce(sum(readings), 0)::bigint FROM unfolded")
        used = self.one("SELECT pg_database_size(current_database())")
        return StoreState(epoch.hex(), sequence or 0, sealed_ms, unfolded, used, 0, 0)
