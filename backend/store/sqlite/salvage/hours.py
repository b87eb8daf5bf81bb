"""Third step: which hours have to be made anew, and from what; the fold does the rest once the file is in use."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backend.model.columns import Columns
from backend.store.calendar import HOUR_MS
from backend.store.rollups import unpack_energy
from backend.store.rows import GROUP_BITS, pack_fragment, unpack_chunk
from backend.store.sqlite.database import Database
from backend.store.sqlite.salvage.names import Names
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, RUN_BITS, fragment_key, fragment_parts, key_of
from backend.store.tiers.meta import Meta
from backend.store.tiers.search import HOURS_PER_DAY

QUARTERS = 4
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Hours:
    """What is known of the hours that were sealed."""

    lost: frozenset[int]
    """Keys of chunks that nothing can give back; their roll-ups stay."""
    rebuilt: frozenset[int]
    """Hours of chunks that are made anew from batches."""


def mend_hours(draft: Database, unrolled: set[int], names: Names, *, is_harmed: bool) -> Hours:
    """Find what is missing, let the fold make anew what it can, and say what it cannot.

    ``unrolled`` are chunks to be rolled up again.
    """
    meta = Meta(draft)
    with draft.transaction():
        _expect_hours(draft)
        missing = _missing(draft, meta.get(Meta.THINNED_HOUR))
        within_reach = _first_whole_hour(draft)
        rebuilt = {key for key in missing if key >> POINT_BITS >= within_reach}
        _forget_minutes(draft, rebuilt)
        lost = (missing - rebuilt) | _drop_unnamed(draft, names.lost)
        _roll_again(draft, meta, (unrolled | _without_rollups(draft)) - lost, names.digits)
        if is_harmed or missing:
            _fold_again(draft, meta)
        draft.execute("INSERT OR IGNORE INTO waiting SELECT id FROM quarter")
    return Hours(frozenset(lost), frozenset(key >> POINT_BITS for key in rebuilt))


def _expect_hours(draft: Database) -> None:
    """Chunks that there must have been, because roll-ups were made of them."""
    draft.execute("CREATE TEMP TABLE expected (id INTEGER PRIMARY KEY)")
    draft.execute("INSERT INTO expected SELECT id FROM minute")
    for key, body in draft.execute("SELECT id, body FROM quarter").fetchall():
        slots, _ = unpack_energy(body, key)
        rows = [(key_of(hour, key & LARGEST_POINT),) for hour in np.unique(slots // QUARTERS).tolist()]
        draft.connection.executemany("INSERT OR IGNORE INTO expected VALUES (?)", rows)


def _missing(draft: Database, thinned_hour: int) -> set[int]:
    """Those that are not there, and were not removed because their time was over."""
    sql = "SELECT id FROM expected WHERE id >= ? EXCEPT SELECT id FROM chunk"
    return {key for (key,) in draft.execute(sql, (key_of(thinned_hour, 0),))}


def _first_whole_hour(draft: Database) -> int:
    """From this hour on the journal reaches back far enough."""
    oldest = draft.one("SELECT sealed_ms FROM batch ORDER BY first LIMIT 1")
    return 1 << 40 if oldest is None else -(-oldest // HOUR_MS)


def _forget_minutes(draft: Database, keys: set[int]) -> None:
    """An hour with minutes and without a chunk would count as thinned, and take nothing any more."""
    draft.connection.executemany("DELETE FROM minute WHERE id = ?", [(key,) for key in keys])


def _drop_unnamed(draft: Database, numbers: frozenset[int]) -> set[int]:
    dropped: set[int] = set()
    for number in numbers:
        of_point = (LARGEST_POINT, number)
        dropped |= {key for (key,) in draft.execute("SELECT id FROM chunk WHERE id & ? = ?", of_point)}
        for table in ("chunk", "minute", "quarter", "hour", "day"):
            draft.execute(f"DELETE FROM {table} WHERE id & ? = ?", of_point)
    return dropped


def _without_rollups(draft: Database) -> set[int]:
    """Chunks whose minutes or quarter hours are gone."""
    sql = (
        "SELECT id FROM chunk WHERE id NOT IN (SELECT id FROM minute) OR"
        f" ((id >> {POINT_BITS}) / {HOURS_PER_DAY} << {POINT_BITS} | (id & {LARGEST_POINT})) NOT IN (SELECT id FROM quarter)"
    )
    return {key for (key,) in draft.execute(sql)}


def _roll_again(draft: Database, meta: Meta, keys: set[int], digits: dict[int, int]) -> None:
    """Lay the readings of these chunks beside them once more: the fold merges them, and rolls the hour up."""
    run = _next_run(draft)
    by_group: dict[tuple[int, int], list[int]] = {}
    for key in sorted(keys):
        by_group.setdefault((key >> POINT_BITS, (key & LARGEST_POINT) >> GROUP_BITS), []).append(key)
    for (hour, group), several in by_group.items():
        rows = Columns.concatenate([part for key in several for part in _readings(draft, key, digits)])
        if not len(rows):
            continue
        body = pack_fragment(rows, hour, np.array([digits[number] for number in rows.point.tolist()]))
        draft.put_all("fragment", ("id", "readings", "body"), [(fragment_key(hour, run, group), len(rows), body)])
    meta.set(Meta.RUN, (run + 1) % (1 << RUN_BITS))


def _readings(draft: Database, key: int, digits: dict[int, int]) -> Iterator[Columns]:
    hour, number = key >> POINT_BITS, key & LARGEST_POINT
    for readings, body in draft.execute("SELECT readings, body FROM chunk WHERE id = ?", (key,)).fetchall():
        yield unpack_chunk(body, readings, number, hour, digits[number])


def _next_run(draft: Database) -> int:
    runs = [fragment_parts(key)[1] for (key,) in draft.execute("SELECT id FROM fragment")]
    return max([Meta(draft).get(Meta.RUN), *(run + 1 for run in runs)]) % (1 << RUN_BITS)


def _fold_again(draft: Database, meta: Meta) -> None:
    """Let everything that the journal holds be folded anew: what is there already is not doubled by that."""
    since_ms = meta.get(Meta.THINNED_HOUR) * HOUR_MS
    tables = ((Meta.FOLDED, "batch", "first", "sealed_ms"), (Meta.RECEIVED, "received", "id", "arrived_ms"))
    for key, table, number, sealed in tables:
        first = draft.one(f"SELECT min({number}) FROM {table} WHERE {sealed} >= ?", (since_ms,))
        if first is not None:
            meta.set(key, min(meta.get(key, first), first))
