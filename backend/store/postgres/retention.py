"""What goes when its time is over: whole partitions where possible, rows for the rest. There is no cap."""

from collections.abc import Iterator

from backend.store.calendar import DAY_MS, HOUR_MS
from backend.store.postgres.database import Database
from backend.store.retention import Retention
from backend.store.tiers.keys import key_of
from backend.store.tiers.meta import Meta

CHECK_EVERY_MS = 60_000
STEP_ROWS = 500


class Thinning:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: Database, meta: Meta, retention: Retention) -> None:
        self._database = database
        self._meta = meta
        self._retention = retention
        self._checked_ms = 0

    def is_urgent(self) -> bool:
        """Never: nothing goes before its time."""
        return False

    def is_due(self, now_ms: int) -> bool:
        """Once a minute."""
        return abs(now_ms - self._checked_ms) >= CHECK_EVERY_MS

    def steps(self, now_ms: int) -> Iterator[None]:
        """Remove what is too old."""
        keep, self._checked_ms = self._retention, now_ms
        yield from self._old_batches(now_ms - round(keep.journal_days * DAY_MS))
        for table, days, period_ms in (
            ("chunk", keep.raw_days, HOUR_MS),
            ("minute", keep.minute_days, HOUR_MS),
            ("quarter", keep.quarter_days, DAY_MS),
        ):
            if days is not None:
                before = (now_ms - round(days * DAY_MS)) // period_ms
                if table == "chunk" and before > self._meta.get(Meta.THINNED_HOUR):
                    self._meta.set(Meta.THINNED_HOUR, before)
                yield from self._old_rows(table, key_of(before, 0))

    def _old_batches(self, before_ms: int) -> Iterator[None]:
        """Days of which everything is folded; the ledger keeps what was ever taken."""
        waiting = self._database.one("SELECT min(sealed_ms) FROM unfolded")
        for name in self._database.partitions.over("batch", before_ms if waiting is None else min(before_ms, waiting)):
            self._database.partitions.drop(name)
            yield

    def _old_rows(self, table: str, before_key: int) -> Iterator[None]:
        for name in self._database.partitions.over(table, before_key):
            self._database.partitions.drop(name)
            yield
        sql = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)"
        while self._database.execute(sql, (before_key, STEP_ROWS)).rowcount:
            yield
