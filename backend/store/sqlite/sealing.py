"""Second half of the fold: fragments of closed hours become chunks, minutes and quarter hours; late ones join theirs."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import numpy as np

from backend.model.columns import Columns
from backend.model.counters import CounterState, Finding
from backend.model.event import Event
from backend.store.calendar import HOUR_MS
from backend.store.intervals import Carry, HourRoll, roll_hour
from backend.store.rollups import pack_stats, replace, unpack_stats
from backend.store.rows import merge, pack_chunk, unpack_fragment
from backend.store.sqlite import search
from backend.store.sqlite.database import Database
from backend.store.sqlite.journal import Journal
from backend.store.sqlite.points import PointFacts, PointTable
from backend.store.sqlite.schema import fragment_parts, fragments_of, key_of
from backend.store.statistics import Stats

QUARTERS = 4
_encode = msgspec.msgpack.Encoder().encode


class Sealing:
    """Steps within the caller's transactions: every ``yield`` is a good moment to commit."""

    def __init__(self, database: Database, journal: Journal, points: PointTable) -> None:
        self._database = database
        self._journal = journal
        self._points = points
        self._carries: dict[int, tuple[int, Carry]] = {}

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._carries.clear()

    def steps(self, settled_hour: int, now_ms: int) -> Iterator[None]:
        """Seal every hour before ``settled_hour`` that holds fragments, oldest first."""
        for hour in search.fragment_hours(self._database.connection):
            if hour >= settled_hour:
                return
            sql = "SELECT id FROM fragment WHERE id BETWEEN ? AND ?"
            groups: dict[int, list[int]] = {}
            for (key,) in self._database.execute(sql, fragments_of(hour)).fetchall():
                groups.setdefault(fragment_parts(key)[2], []).append(key)
            for keys in groups.values():
                yield from self._seal_group(hour, keys, now_ms)

    def _seal_group(self, hour: int, keys: list[int], now_ms: int) -> Iterator[None]:
        slices: dict[int, list[Columns]] = {}
        for key in keys:
            count, body = self._database.execute("SELECT readings, body FROM fragment WHERE id = ?", (key,)).fetchone()
            rows = unpack_fragment(body, count, hour)
            edges = np.flatnonzero(np.diff(rows.point, prepend=-1, append=-1))
            for first, last in pairwise(edges.tolist()):
                slices.setdefault(int(rows.point[first]), []).append(rows.take(slice(first, last)))
            yield
        for number, parts in slices.items():
            self._seal_point(self._points.facts(number), hour, parts, now_ms)
            yield
        for key in keys:
            self._database.execute("DELETE FROM fragment WHERE id = ?", (key,))
            yield

    def _seal_point(self, facts: PointFacts, hour: int, parts: list[Columns], now_ms: int) -> None:
        before = search.chunk(self._database.connection, facts, hour)
        rows = merge(parts if before is None else [before, *parts])
        ended = None if before is None else self._ended(facts, hour, before)
        result = self._roll(facts, hour, rows, now_ms)
        self._database.execute(
            "INSERT OR REPLACE INTO chunk (id, readings, counter, body) VALUES (?, ?, ?, ?)",
            (key_of(hour, facts.number), len(rows), _state(facts, result.carry), pack_chunk(rows, hour, facts.digits)),
        )
        self._carry_on(facts, hour, ended, result.carry, now_ms)

    def _ended(self, facts: PointFacts, hour: int, rows: Columns) -> Carry:
        counter = None
        if facts.counter is not None:
            counter = search.counter_after(self._database.connection, facts.number, hour)
        return Carry(search.standing_of(rows, facts.digits), counter or CounterState())

    def _carry_on(self, facts: PointFacts, hour: int, ended: Carry | None, carry: Carry, now_ms: int) -> None:
        """Roll following hours again until one ends as it did before."""
        newest = self._carries.get(facts.number)
        if newest is not None and newest[0] <= hour:
            self._carries[facts.number] = (hour, carry)
            return
        connection = self._database.connection
        while newest is None or carry != ended:
            following = search.neighbour(connection, facts.number, hour, 1)
            if following is None:
                self._carries[facts.number] = (hour, carry)
                return
            if carry == ended or (facts.counter is None and following > hour + 1):
                return
            rows = search.chunk(connection, facts, following)
            assert rows is not None
            hour, ended = following, self._ended(facts, following, rows)
            carry = self._roll(facts, hour, rows, now_ms).carry
            if facts.counter is not None:
                key = key_of(hour, facts.number)
                self._database.execute("UPDATE chunk SET counter = ? WHERE id = ?", (_state(facts, carry), key))
            if newest is not None and newest[0] == hour:
                self._carries[facts.number] = newest = (hour, carry)

    def _roll(self, facts: PointFacts, hour: int, rows: Columns, now_ms: int) -> HourRoll:
        carry = self._carry_into(facts, hour)
        result = roll_hour(rows, hour, facts.digits, facts.hold_ms, facts.counter, carry)
        self._write_blob("minute", key_of(hour, facts.number), result.minutes)
        day = hour // search.HOURS_PER_DAY
        key = key_of(day, facts.number)
        there = self._database.one("SELECT body FROM quarter WHERE id = ?", (key,))
        known = Stats.empty() if there is None else unpack_stats(there)
        self._write_blob("quarter", key, replace(known, result.quarters, hour * QUARTERS, QUARTERS))
        self._database.execute("INSERT OR IGNORE INTO waiting (id) VALUES (?)", (key,))
        if facts.counter is not None:
            self._write_gaps(facts, hour, result)
            self._report(facts, result.findings, now_ms)
        return result

    def _carry_into(self, facts: PointFacts, hour: int) -> Carry:
        newest = self._carries.get(facts.number)
        if newest is None or newest[0] >= hour:
            return search.carry_into(self._database.connection, facts, hour)
        last_hour, carry = newest
        return carry if last_hour == hour - 1 else Carry(None, carry.counter)

    def _write_blob(self, table: str, key: int, stats: Stats) -> None:
        if len(stats):
            sql = f"INSERT OR REPLACE INTO {table} (id, body) VALUES (?, ?)"
            self._database.execute(sql, (key, pack_stats(stats)))
        else:
            self._database.execute(f"DELETE FROM {table} WHERE id = ?", (key,))

    def _write_gaps(self, facts: PointFacts, hour: int, result: HourRoll) -> None:
        start_ms = hour * HOUR_MS
        sql = "DELETE FROM gap WHERE point = ? AND to_ms >= ? AND to_ms < ?"
        self._database.execute(sql, (facts.number, start_ms, start_ms + HOUR_MS))
        for gap in result.gaps:
            self._database.execute(
                "INSERT OR REPLACE INTO gap (point, to_ms, from_ms, energy) VALUES (?, ?, ?, ?)",
                (facts.number, gap.to_ms, gap.from_ms, gap.energy),
            )

    def _report(self, facts: PointFacts, findings: tuple[Finding, ...], now_ms: int) -> None:
        """Write what was found about a counter as events, each once however often its hour is folded."""
        sql = "SELECT 1 FROM event WHERE subject = ? AND at_ms = ? AND kind = ?"
        events: list[Event] = []
        for finding in findings:
            event = finding.event(facts.point.key)
            if self._database.one(sql, (event.subject, event.at_ms, event.kind.value)) is None:
                events.append(event)
        if events:
            self._journal.append_events(events, now_ms)


def _state(facts: PointFacts, carry: Carry) -> bytes | None:
    return None if facts.counter is None else _encode(carry.counter)
