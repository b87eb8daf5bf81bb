"""Partitions by time: made when they are first needed, dropped whole when their time is over."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend.store.calendar import DAY_MS, EPOCH_ORDINAL, HOUR_MS
from backend.store.postgres import locks
from backend.store.postgres.connection import Connection
from backend.store.tiers.keys import key_of

HOURS_PER_DAY = 24
KEYED_BY_HOUR = ("chunk", "minute")
KEYED_BY_DAY = ("quarter",)


@dataclass(frozen=True, slots=True)
class Partition:
    """One part of a table: keys with start <= key < end."""

    table: str
    name: str
    start: int
    end: int


def days_of_batches(at_ms: int) -> Partition:
    """Batches are kept by the UTC day on which they were sealed."""
    day = at_ms // DAY_MS
    stamp = datetime.fromtimestamp(day * DAY_MS / 1000, UTC).strftime("%Y%m%d")
    return Partition("batch", f"batch_{stamp}", day * DAY_MS, (day + 1) * DAY_MS)


def month_of(table: str, hour: int) -> Partition:
    """Chunks and roll-ups are kept by UTC month."""
    first = datetime.fromtimestamp(hour * HOUR_MS / 1000, UTC).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    days = [moment.toordinal() - EPOCH_ORDINAL for moment in (first, after)]
    start, end = (day if table in KEYED_BY_DAY else day * HOURS_PER_DAY for day in days)
    return Partition(table, f"{table}_{first:%Y%m}", key_of(start, 0), key_of(end, 0))


class Partitions:
    """Remembers which are there; ``forget`` after a transaction failed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    def forget(self) -> None:
        """Believe only what the database says."""
        self._known.clear()

    def has_batches(self, at_ms: int) -> bool:
        """Whether a partition for batches that are sealed then is known to be there."""
        return days_of_batches(at_ms).name in self._known

    def expect_batches(self, at_ms: int) -> None:
        """Make ready for batches that are sealed then."""
        self._make(days_of_batches(at_ms))

    def expect_hour(self, hour: int) -> None:
        """Make ready for chunks and roll-ups of an hour."""
        for table in (*KEYED_BY_HOUR, *KEYED_BY_DAY):
            self._make(month_of(table, hour))

    def over(self, table: str, before: int) -> list[Partition]:
        """Partitions that hold only keys below ``before``, in order."""
        sql = (
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = ?::text::regclass ORDER BY c.relname"
        )
        rows = self._connection.execute(sql, (table,))
        every = [Partition(table, name, *map(int, bound.split("'")[1::2])) for name, bound in rows]
        return [part for part in every if part.end <= before]

    def drop(self, part: Partition) -> None:
        """Remove one, and all that is in it."""
        self._connection.execute(f"DROP TABLE {part.name}")
        self._known.discard(part.name)

    def _make(self, part: Partition) -> None:
        if part.name in self._known:
            return
        # Attaching waits for no reader and lets none wait, unlike CREATE TABLE ... PARTITION OF.
        locks.wait_for(self._connection, locks.SCHEMA)
        if self._connection.one("SELECT to_regclass(?::text)::oid", (part.name,)) is None:
            self._connection.execute(f"CREATE TABLE {part.name} (LIKE {part.table} INCLUDING ALL)")
            self._connection.execute(
                f"ALTER TABLE {part.table} ATTACH PARTITION {part.name} FOR VALUES FROM ({part.start}) TO ({part.end})"
            )
        self._known.add(part.name)
