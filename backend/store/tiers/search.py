"""Looking up chunks and roll-ups of a point by time; used by the fold and by readers alike, on their own connections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.counters import CounterState
from backend.store.calendar import DAY_MS, HOUR_MS, QUARTERS_PER_DAY, month_of_quarters
from backend.store.checksums import without_sum
from backend.store.intervals import Carry, Gap, standing_of
from backend.store.rollups import unpack_energy, unpack_parts, unpack_stats
from backend.store.rows import unpack_chunk
from backend.store.statistics import Stats
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, fragment_parts, fragments_of, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.points import PointFacts
from backend.store.tiers.tables import Tables

HOURS_PER_DAY = 24
QUARTERS_PER_HOUR = 4
SLICE = 1000
SEARCH_DAYS = 400
"""A counter that was silent for longer starts anew."""

_COLUMNS = {"chunk": "id, readings, body", "minute": "id, body", "quarter": "id, body", "hour": "id, body"}

_state_decoder = msgspec.msgpack.Decoder(CounterState)


def keys(periods: range, point: int) -> str:
    """An IN list of a point's keys."""
    return ",".join(str(key_of(period, point)) for period in periods)


def chunk(connection: Tables, facts: PointFacts, hour: int) -> Columns | None:
    """The sealed readings of an hour."""
    sql = "SELECT readings, body FROM chunk WHERE id = ?"
    row = connection.execute(sql, (key_of(hour, facts.number),)).fetchone()
    return None if row is None else unpack_chunk(row[1], row[0], facts.number, hour, facts.digits)


@dataclass(frozen=True, slots=True)
class KnownHour:
    """What is sealed already of one hour of several points, as it lies in the tables."""

    hour: int
    is_old: bool
    """Whether its raw readings would be gone by now."""
    chunks: dict[int, tuple[int, bytes]]
    """Number of readings and body, by number of the point."""
    rolled: frozenset[int]
    """Points that have roll-ups of the hour."""
    days: dict[int, bytes]
    """Quarter hours of the UTC day, by number of the point."""

    def is_thinned(self, point: int) -> bool:
        """Whether the raw readings of the hour went before its roll-ups: these stay as they are."""
        return point in self.rolled and point not in self.chunks

    def rows(self, facts: PointFacts) -> Columns | None:
        """The sealed readings."""
        if facts.number not in self.chunks:
            return None
        count, body = self.chunks[facts.number]
        return unpack_chunk(body, count, facts.number, self.hour, facts.digits)

    def quarters(self, point: int) -> Stats:
        """Quarter hours of the UTC day."""
        body = self.days.get(point)
        return Stats.empty() if body is None else unpack_stats(body, key_of(self.hour // HOURS_PER_DAY, point))


def known_of_hour(connection: Tables, hour: int, points: list[int]) -> KnownHour:
    """All that sealing an hour of these points builds upon, in four questions."""
    by_hour = ",".join(str(key_of(hour, point)) for point in points)
    by_day = ",".join(str(key_of(hour // HOURS_PER_DAY, point)) for point in points)
    chunks = connection.execute(f"SELECT id, readings, body FROM chunk WHERE id IN ({by_hour})")
    minutes = connection.execute(f"SELECT id FROM minute WHERE id IN ({by_hour})")
    days = connection.execute(f"SELECT id, body FROM quarter WHERE id IN ({by_day})")
    oldest = connection.execute("SELECT value FROM meta WHERE key = ?", (Meta.THINNED_HOUR,)).fetchone()
    is_old = oldest is not None and hour < oldest[0]
    rolled = {key & LARGEST_POINT for (key,) in minutes}
    if is_old:
        rolled |= _rolled_longer_ago(connection, hour, points)
    return KnownHour(
        hour,
        is_old,
        {key & LARGEST_POINT: (count, body) for key, count, body in chunks},
        frozenset(rolled),
        {key & LARGEST_POINT: body for key, body in days},
    )


def _rolled_longer_ago(connection: Tables, hour: int, points: list[int]) -> set[int]:
    """Points with quarter hours or hours in an hour whose minutes may be gone; hours of a site may begin at any quarter."""
    first = hour * QUARTERS_PER_HOUR
    month = int(month_of_quarters(np.array([first]))[0])
    found: set[int] = set()
    for table, period, earliest in (("quarter", hour // HOURS_PER_DAY, first), ("hour", month, first - QUARTERS_PER_HOUR + 1)):
        listed = ",".join(str(key_of(period, point)) for point in points)
        for key, body in connection.execute(f"SELECT id, body FROM {table} WHERE id IN ({listed})"):
            if len(within(unpack_stats(body, key), earliest, first + QUARTERS_PER_HOUR)):
                found.add(key & LARGEST_POINT)
    return found


def closed_hours(connection: Tables, point: int, hours: range) -> list[int]:
    """Those of which only roll-ups are left."""
    oldest = connection.execute("SELECT value FROM meta WHERE key = ?", (Meta.THINNED_HOUR,)).fetchone()
    old = range(hours.start, min(hours.stop, 0 if oldest is None else oldest[0]))
    if not old:
        return []
    months = month_of_quarters(np.array([old.start, old.stop]) * QUARTERS_PER_HOUR).tolist()
    parts = (
        stats(connection, "quarter", range(old.start // HOURS_PER_DAY, old.stop // HOURS_PER_DAY + 1), point),
        stats(connection, "hour", range(months[0], months[1] + 1), point),
    )
    rolled = {slot // QUARTERS_PER_HOUR for part in parts for slot in part.slot.tolist()}
    there = {row[0] >> POINT_BITS for row in rows_of(connection, "chunk", old, point)}
    return sorted((rolled & set(old)) - there)


def chunks(connection: Tables, facts: PointFacts, hours: range) -> dict[int, Columns]:
    """The sealed readings of several hours."""
    return unpacked(rows_of(connection, "chunk", hours, facts.number), facts)


SealedChunk = tuple[int, int, bytes]
"""Key, number of readings and body."""


def unpacked(found: Iterable[SealedChunk], facts: PointFacts) -> dict[int, Columns]:
    """Readings of one point by hour."""
    return {
        key >> POINT_BITS: unpack_chunk(body, count, facts.number, key >> POINT_BITS, facts.digits) for key, count, body in found
    }


def sealed_chunks(connection: Tables, wanted: Sequence[tuple[range, int]]) -> list[list[SealedChunk]]:
    """Chunks of several points, each with its hours, in one question."""
    return _together(connection, "chunk", wanted)


def fragment_hours(connection: Tables) -> list[int]:
    """Hours that have fragments, oldest first."""
    hours: list[int] = []
    lowest = 0
    while True:
        key = connection.execute("SELECT min(id) FROM fragment WHERE id >= ?", (lowest,)).fetchone()[0]
        if key is None:
            return hours
        hours.append(fragment_parts(key)[0])
        lowest = fragments_of(hours[-1])[1] + 1


def stats(connection: Tables, table: str, periods: range, point: int) -> Stats:
    """The intervals in a point's blobs of one kind, by time."""
    return unpack_parts([rows_of(connection, table, periods, point)])[0]


def stats_of(connection: Tables, table: str, wanted: Sequence[tuple[range, int]]) -> list[Stats]:
    """Intervals of several points, each with its periods, in one question."""
    return unpack_parts(_together(connection, table, wanted))


def rows_of(connection: Tables, table: str, periods: range, point: int) -> list[Any]:
    """A point's rows in a table of chunks or blobs, by time."""
    found: list[Any] = []
    for several in slices(connection, table, periods, point):
        found.extend(connection.execute(f"SELECT {_COLUMNS[table]} FROM {table} WHERE id IN ({several}) ORDER BY id"))
    return found


def _together(connection: Tables, table: str, wanted: Sequence[tuple[range, int]]) -> list[list[Any]]:
    """The same for several points."""
    if not wanted:
        return []
    asked = {key_of(period, point) for periods, point in wanted for period in periods}
    listed = ",".join(map(str, asked))
    rows = connection.execute(f"SELECT {_COLUMNS[table]} FROM {table} WHERE id IN ({listed})")
    found = {row[0]: row for row in rows}
    places = [[key_of(period, point) for period in periods] for periods, point in wanted]
    return [[found[key] for key in keys if key in found] for keys in places]


def energies(connection: Tables, days: range, point: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Quarter hours and their scaled energies, per UTC day."""
    for several in slices(connection, "quarter", days, point):
        for key, body in connection.execute(f"SELECT id, body FROM quarter WHERE id IN ({several})"):
            yield unpack_energy(body, key)


def slices(connection: Tables, table: str, periods: range, point: int) -> Iterator[str]:
    """IN lists of a point's keys in a table, no longer than need be however much is asked for."""
    if len(periods) > SLICE:
        lowest, highest = connection.execute(f"SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})").fetchone()
        if lowest is None:
            return
        periods = range(max(periods.start, lowest >> POINT_BITS), min(periods.stop, (highest >> POINT_BITS) + 1))
    for start in range(periods.start, periods.stop, SLICE):
        yield keys(range(start, min(start + SLICE, periods.stop)), point)


def gaps(connection: Tables, point: int, start_ms: int, end_ms: int) -> list[Gap]:
    """Gaps of a counter that end in (start, end]."""
    sql = "SELECT from_ms, to_ms, energy FROM gap WHERE point = ? AND to_ms > ? AND to_ms <= ? ORDER BY to_ms"
    return [Gap(*row) for row in connection.execute(sql, (point, start_ms, end_ms))]


def neighbour(connection: Tables, point: int, hour: int, step: int) -> int | None:
    """The next sealed hour of a point after (``step`` 1) or before (-1) an hour; None within ``SEARCH_DAYS``."""
    pick, edge = ("min", "max") if step > 0 else ("max", "min")
    outermost = connection.execute(f"SELECT {edge}(id) FROM chunk").fetchone()[0]
    if outermost is None or ((outermost >> POINT_BITS) - hour) * step <= 0:
        return None
    day = hour // HOURS_PER_DAY
    day_start, day_end = day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY
    found = _first_of(connection, pick, "chunk", range(hour + 1, day_end) if step > 0 else range(day_start, hour), point)
    if found is not None:
        return found
    days = range(day + 1, day + SEARCH_DAYS) if step > 0 else range(max(day - SEARCH_DAYS, 0), day)
    there = _first_of(connection, pick, "quarter", days, point)
    if there is None:
        return None
    hours = range(there * HOURS_PER_DAY, (there + 1) * HOURS_PER_DAY)
    return _first_of(connection, pick, "chunk", hours, point)


def _first_of(connection: Tables, pick: str, table: str, periods: range, point: int) -> int | None:
    sql = f"SELECT {pick}(id) FROM {table} WHERE id IN ({keys(periods, point)})"
    found = connection.execute(sql).fetchone()[0]
    return None if found is None else found >> POINT_BITS


def carry_into(connection: Tables, facts: PointFacts, hour: int) -> Carry:
    """What an hour of a point starts from, out of the sealed hours before it."""
    rows = chunk(connection, facts, hour - 1)
    standing = None if rows is None or not len(rows) else standing_of(rows, facts.digits)
    if facts.counter is None:
        return Carry(standing)
    before = hour - 1 if rows is not None else neighbour(connection, facts.number, hour, -1)
    if before is None:
        return Carry(standing)
    return Carry(standing, counter_after(connection, facts.number, before) or CounterState())


def counter_after(connection: Tables, point: int, hour: int) -> CounterState | None:
    """The state that a counter's sealed hour ended with."""
    key = key_of(hour, point)
    row = connection.execute("SELECT counter FROM chunk WHERE id = ?", (key,)).fetchone()
    return None if row is None or row[0] is None else _state_decoder.decode(without_sum(row[0], key))


def quarters_around(connection: Tables, point: int, first_day: int, last_day: int) -> Stats:
    """Quarter hours of whole UTC days, both included."""
    return stats(connection, "quarter", range(first_day, last_day + 1), point)


def within(stats_: Stats, first_slot: int, end_slot: int) -> Stats:
    """Intervals with first <= slot < end."""
    low, high = np.searchsorted(stats_.slot, [first_slot, end_slot])
    return stats_.take(slice(int(low), int(high)))


def days_of(start_ms: int, end_ms: int) -> range:
    """UTC days touched by [start, end)."""
    return range(start_ms // DAY_MS, -(-end_ms // DAY_MS))


def hours_of(start_ms: int, end_ms: int) -> range:
    """UTC hours touched by [start, end)."""
    return range(start_ms // HOUR_MS, -(-end_ms // HOUR_MS))


def slots_of_day(day: int) -> tuple[int, int]:
    """First and end quarter hour of a UTC day."""
    return day * QUARTERS_PER_DAY, (day + 1) * QUARTERS_PER_DAY
