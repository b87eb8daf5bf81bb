"""What goes when its time is over, and what goes first when the file reaches its cap."""

from collections.abc import Iterator

from backend.model.event import Event, EventKind
from backend.store.calendar import DAY_MS, HOUR_MS
from backend.store.outages import NODE
from backend.store.retention import Retention
from backend.store.sqlite.database import Database
from backend.store.sqlite.journal import Journal
from backend.store.sqlite.leaving import STEP_ROWS, WHATEVER_AGE, Leaving
from backend.store.sqlite.room import Room
from backend.store.tiers.keys import POINT_BITS, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.revived import Revived

CHECK_EVERY_MS = 60_000
CHECK_FULL_EVERY_MS = 1_000
AGEING = 24
"""Things age at most so much faster than the clock runs, for instance after a long time switched off."""


class Thinning:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: Database, meta: Meta, journal: Journal, retention: Retention, room: Room) -> None:
        self._database = database
        self._meta = meta
        self._journal = journal
        self._retention = retention
        self._room = room
        self._leaving = Leaving(database, meta, journal, has_parent=retention.has_parent)
        self._revived = Revived(meta)
        self._checked_ms = 0

    def is_due(self, now_ms: int) -> bool:
        """Once a minute, and once a second while there is too little room."""
        passed_ms = abs(now_ms - self._checked_ms)
        return passed_ms >= CHECK_EVERY_MS or (passed_ms >= CHECK_FULL_EVERY_MS and self.is_urgent())

    def is_urgent(self) -> bool:
        """Whether room is needed before anything else is done."""
        return self._room.look().excess > 0

    def steps(self, now_ms: int) -> Iterator[None]:
        """Remove what is too old, then what is too much, then give free pages back."""
        keep, age_ms = self._retention, self._trusted_now_ms(now_ms)
        self._checked_ms = now_ms
        yield from self._leaving.done(age_ms - round(keep.journal_days * DAY_MS))
        for table, days, period_ms in (
            ("chunk", keep.raw_days, HOUR_MS),
            ("minute", keep.minute_days, HOUR_MS),
            ("quarter", keep.quarter_days, DAY_MS),
        ):
            if days is not None:
                oldest = self._revived.spare((age_ms - round(days * DAY_MS)) // HOUR_MS, keep.raw_days, age_ms)
                before = oldest * HOUR_MS // period_ms
                yield from self._old_rows(table, key_of(before, 0))
                if table == "chunk":
                    self._remember_thinned(before)
        yield from self._beyond_cap(now_ms)
        yield from self._shrink()

    def _trusted_now_ms(self, now_ms: int) -> int:
        """The time by which things age. It follows a clock that jumps years ahead so slowly that somebody can notice."""
        aged_ms = self._meta.get(Meta.AGED_MS, now_ms)
        passed_ms = min(max(now_ms - self._checked_ms, 0), HOUR_MS)
        trusted_ms = min(now_ms, aged_ms + AGEING * passed_ms)
        if trusted_ms != aged_ms or now_ms == aged_ms:
            self._meta.set(Meta.AGED_MS, trusted_ms)
        return trusted_ms

    def _old_rows(self, table: str, before_key: int) -> Iterator[None]:
        sql = f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id < ? ORDER BY id LIMIT ?)"
        while self._database.execute(sql, (before_key, STEP_ROWS)).rowcount:
            yield

    def _remember_thinned(self, hour: int) -> None:
        if hour > self._meta.get(Meta.THINNED_HOUR):
            self._meta.set(Meta.THINNED_HOUR, hour)

    def _beyond_cap(self, now_ms: int) -> Iterator[None]:
        yield from self._leaving.done(WHATEVER_AGE, self.is_urgent)
        while self.is_urgent():
            oldest = self._database.one("SELECT min(id) FROM chunk")
            if oldest is None:
                break
            yield from self._drop_hour(oldest >> POINT_BITS, now_ms)
        if self._retention.has_parent:
            yield from self._leaving.unsent(now_ms, self.is_urgent)

    def _drop_hour(self, hour: int, now_ms: int) -> Iterator[None]:
        """Remove the raw readings of an hour; its roll-ups stay. It is a loss unless the parent has them, or will."""
        first, last = key_of(hour, 0), key_of(hour + 1, 0) - 1
        self._room.took(now_ms)
        if not self._retention.has_parent:
            count = self._database.one("SELECT sum(readings) FROM chunk WHERE id BETWEEN ? AND ?", (first, last))
            lost = {"from_ms": hour * HOUR_MS, "to_ms": (hour + 1) * HOUR_MS, "count": int(count), "cause": "cap"}
            self._journal.append_events([Event(now_ms, EventKind.DATA_LOST, NODE, {**lost})], now_ms)
        self._remember_thinned(hour + 1)
        sql = "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)"
        while self._database.execute(sql, (first, last, STEP_ROWS)).rowcount:
            yield

    def _shrink(self) -> Iterator[None]:
        """Give pages back once a good part of the file is free, a few at a time."""
        while True:
            pages, free = (int(self._database.one(f"PRAGMA {name}")) for name in ("page_count", "freelist_count"))
            if free < max(pages // 4, 4096):
                return
            self._database.execute("PRAGMA incremental_vacuum(256)").fetchall()
            yield
