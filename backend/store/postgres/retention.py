"""What goes when its time is over: whole partitions where possible, rows for the rest. There is no cap."""

from collections.abc import Iterator

from backend.model.spans import Spans
from backend.store.calendar import DAY_MS, HOUR_MS
from backend.store.postgres.database import Database
from backend.store.retention import Retention
from backend.store.tiers.keys import key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.revived import Revived
from backend.store.tiers.spans import read_spans
from backend.wire.batch import MOST_SEQUENCE

CHECK_EVERY_MS = 60_000
STEP_ROWS = 500
_UNSENT = "FROM ledger WHERE origin = ? AND first BETWEEN ? AND ? AND sealed_ms >= ?"
_FIRST = f"SELECT sealed_ms {_UNSENT} ORDER BY first LIMIT 1"
_LEAST = f"SELECT min(sealed_ms) {_UNSENT}"


class Thinning:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: Database, meta: Meta, retention: Retention) -> None:
        self._database = database
        self._meta = meta
        self._retention = retention
        self._revived = Revived(meta)
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
                oldest = self._revived.spare((now_ms - round(days * DAY_MS)) // HOUR_MS, keep.raw_days, now_ms)
                before = oldest * HOUR_MS // period_ms
                if table == "chunk" and before > self._meta.get(Meta.THINNED_HOUR):
                    self._meta.set(Meta.THINNED_HOUR, before)
                yield from self._old_rows(table, key_of(before, 0))

    def _old_batches(self, before_ms: int) -> Iterator[None]:
        """Days of which everything is folded and the parent, if any, has everything; the ledger keeps what was ever taken."""
        days = self._database.partitions.over("batch", before_ms)
        if not days:
            return
        waiting = [self._database.one("SELECT min(sealed_ms) FROM unfolded")]
        if self._retention.has_parent:
            waiting.append(self._unsent_ms(days[0].start, days[0].end))
        needed_ms = min((each for each in waiting if each is not None), default=before_ms)
        for day in days:
            if day.end > needed_ms:
                return
            self._database.partitions.drop(day)
            yield

    def _unsent_ms(self, since_ms: int, enough_ms: int) -> int | None:
        """When the oldest was sealed of what is here and the parent lacks; only roughly if before ``enough_ms``."""
        delivered = read_spans(self._database, "delivered")
        chains = [number for (number,) in self._database.execute("SELECT number FROM origin")]
        gaps = [(number, *gap) for number in chains for gap in delivered.get(number, Spans()).missing(1, MOST_SEQUENCE)]
        # The first of a gap is its oldest, unless a clock went backwards; to look at all of them takes long after an outage.
        roughly = self._oldest(_FIRST, gaps, since_ms)
        return roughly if roughly is None or roughly < enough_ms else self._oldest(_LEAST, gaps, since_ms)

    def _oldest(self, sql: str, gaps: list[tuple[int, int, int]], since_ms: int) -> int | None:
        found = [self._database.one(sql, (*gap, since_ms)) for gap in gaps]
        return min((sealed_ms for sealed_ms in found if sealed_ms is not None), default=None)

    def _old_rows(self, table: str, before_key: int) -> Iterator[None]:
        for part in self._database.partitions.over(table, before_key):
            self._database.partitions.drop(part)
            yield
        sql = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)"
        while self._database.execute(sql, (before_key, STEP_ROWS)).rowcount:
            yield
