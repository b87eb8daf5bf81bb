"""Roll-ups of one hour of one point: made from its readings and what came before, then written."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from backend.model.columns import Columns
from backend.model.counters import Finding
from backend.model.event import Event, EventKind
from backend.store.calendar import DAY_MS, HOUR_MS
from backend.store.checksums import with_sum
from backend.store.intervals import Carry, HourRoll, roll_hour
from backend.store.rollups import pack_stats, replace
from backend.store.statistics import Stats
from backend.store.tiers import search
from backend.store.tiers.batches import Batches
from backend.store.tiers.keys import key_of
from backend.store.tiers.points import PointFacts
from backend.store.tiers.replacements import replaced_ms
from backend.store.tiers.tables import WritableTables

QUARTERS = 4
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Rolled:
    """Everything about an hour that has to be written beside its readings."""

    facts: PointFacts
    hour: int
    roll: HourRoll
    minutes: bytes | None
    quarters: bytes | None
    """All of the UTC day."""

    @property
    def counter(self) -> bytes | None:
        """State of the counter at the end of the hour."""
        if self.facts.counter is None:
            return None
        return with_sum(_encode(self.roll.carry.counter), key_of(self.hour, self.facts.number))


class Rolling:
    """Reads and writes within the caller's transaction; remembers how the newest hour of each point ended."""

    def __init__(self, database: WritableTables, journal: Batches) -> None:
        self._database = database
        self._journal = journal
        self.newest: dict[int, tuple[int, Carry]] = {}

    def roll(self, facts: PointFacts, hour: int, rows: Columns, known: Stats) -> Rolled:
        """Roll up without writing anything; ``known`` are the quarter hours of the UTC day until now."""
        carry = self._carry_into(facts, hour)
        replaced = replaced_ms(self._database.connection, facts, hour, carry)
        result = roll_hour(rows, hour, facts.digits, facts.hold_ms, facts.counter, carry, replaced)
        quarters = replace(known, result.quarters, hour * QUARTERS, QUARTERS)
        minutes = _packed(result.minutes, key_of(hour, facts.number))
        return Rolled(facts, hour, result, minutes, _packed(quarters, _day_key(facts, hour)))

    def write(self, several: Sequence[Rolled], now_ms: int) -> None:
        """Put what was rolled up, one hour of each of several points, into the tables."""
        sites = [rolled.facts.site for rolled in several]
        self._write_blobs("minute", [(key_of(rolled.hour, rolled.facts.number), rolled.minutes) for rolled in several], sites)
        self._write_blobs("quarter", [(_day_key(rolled.facts, rolled.hour), rolled.quarters) for rolled in several], sites)
        waiting = [(key, rolled.facts.site) for rolled in several for key in _days_touched(rolled)]
        self._database.put_all("waiting", ("id",), [(key,) for key, _ in waiting], [site for _, site in waiting])
        for rolled in several:
            if rolled.facts.counter is not None:
                self._write_gaps(rolled.facts, rolled.hour, rolled.roll)
                self._report(rolled.facts, rolled.roll.findings, now_ms)

    def tell_late(self, facts: PointFacts, rows: Columns, now_ms: int) -> None:
        """Write down that readings came for a time whose raw readings are gone; totals stay until somebody decides."""
        data = {"from_ms": int(rows.at_ms[0]), "to_ms": int(rows.at_ms[-1]), "count": len(rows)}
        self._journal.append_events([Event(now_ms, EventKind.DATA_LATE, facts.point.key, {**data})], now_ms)

    def _carry_into(self, facts: PointFacts, hour: int) -> Carry:
        newest = self.newest.get(facts.number)
        if newest is None or newest[0] >= hour:
            return search.carry_into(self._database.connection, facts, hour)
        last_hour, carry = newest
        return carry if last_hour == hour - 1 else Carry(None, carry.counter)

    def _write_blobs(self, table: str, blobs: list[tuple[int, bytes | None]], sites: list[str]) -> None:
        for key, body in blobs:
            if body is None:
                self._database.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
        kept = [(blob, site) for blob, site in zip(blobs, sites, strict=True) if blob[1] is not None]
        self._database.put_all(table, ("id", "body"), [blob for blob, _ in kept], [site for _, site in kept])

    def _write_gaps(self, facts: PointFacts, hour: int, result: HourRoll) -> None:
        start_ms = hour * HOUR_MS
        sql = "DELETE FROM gap WHERE point = ? AND to_ms >= ? AND to_ms < ?"
        self._database.execute(sql, (facts.number, start_ms, start_ms + HOUR_MS))
        rows = [(facts.number, gap.to_ms, gap.from_ms, gap.energy) for gap in result.gaps]
        self._database.put_all("gap", ("point", "to_ms", "from_ms", "energy"), rows, [facts.site] * len(rows), keys=2)

    def _report(self, facts: PointFacts, findings: tuple[Finding, ...], now_ms: int) -> None:
        """Write what was found about a counter as events, each once however often its hour is folded.

        Of another node's counter that node says so itself: what it sent later may prove a finding wrong that was made here.
        """
        if facts.foreign:
            return
        sql = "SELECT 1 FROM event WHERE subject = ? AND at_ms = ? AND kind = ?"
        events: list[Event] = []
        for finding in findings:
            event = finding.event(facts.point.key)
            if self._database.one(sql, (event.subject, event.at_ms, event.kind.value)) is None:
                events.append(event)
        if events:
            self._journal.append_events(events, now_ms)


def _day_key(facts: PointFacts, hour: int) -> int:
    return key_of(hour // search.HOURS_PER_DAY, facts.number)


def _days_touched(rolled: Rolled) -> set[int]:
    days = {rolled.hour // search.HOURS_PER_DAY, *(gap.from_ms // DAY_MS for gap in rolled.roll.gaps)}
    return {key_of(day, rolled.facts.number) for day in days}


def _packed(stats: Stats, key: int) -> bytes | None:
    return pack_stats(stats, key) if len(stats) else None
