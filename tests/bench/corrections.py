"""Late corrections, and an independent recomputation of every roll-up they may have touched."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from backend.model.columns import Columns
from backend.model.point import PointKind
from backend.store.contract import Level, Reader, Rollup
from backend.store.reader import open_reader
from backend.store.sqlite import Retention, open_store
from tests.bench.load import SimulatedClock, as_columns
from tests.bench.past import DAY_MS, END_MS, HOUR_MS, Shape, Stream, streams

ZONE = ZoneInfo("Asia/Tokyo")
JAPAN_MS = 9 * HOUR_MS
WIDTHS = {Level.MINUTE: 60_000, Level.QUARTER: 900_000, Level.HOUR: HOUR_MS, Level.DAY: DAY_MS}
CHOSEN_POINTS = 20
DAYS_BACK = 12


async def correct_and_compare(path: Path, shape: Shape, corrections: int, seed: int) -> tuple[int, int]:
    """Write corrections, fold, and compare; how many intervals differ, and how many there were."""
    random = np.random.default_rng(seed)
    _, _, found = streams(shape)
    chosen = [stream for stream in found if stream.interval_ms < 10_000 or "counter" in stream.point.key][:CHOSEN_POINTS]
    clock = SimulatedClock(END_MS + 60_000)
    retention = Retention(raw_days=None, minute_days=None, cap_bytes=1 << 38)
    async with open_store(path, "bench", clock, retention) as store, open_reader(path) as reader:
        each = corrections // len(chosen)
        parts = [await _corrections(reader, stream, each, random) for stream in chosen]
        await store.commit(Columns.concatenate(parts))
        clock.at_ms += 400_000
        while await store.fold(0.25):
            pass
        wrong = compared = 0
        for stream, part in zip(chosen, parts, strict=True):
            days = sorted({(int(at_ms) + JAPAN_MS) // DAY_MS for at_ms in part.at_ms})
            for day in days:
                differs, count = await _compare_day(reader, stream, day * DAY_MS - JAPAN_MS)
                wrong, compared = wrong + differs, compared + count
    return wrong, compared


async def _corrections(reader: Reader, stream: Stream, count: int, random: np.random.Generator) -> Columns:
    """New readings between others and replacements of existing ones, over the last days, some at the ends of hours."""
    first_ms = max(stream.start_ms, END_MS - DAYS_BACK * DAY_MS)
    rows = await reader.raw(stream.point.key, first_ms, END_MS - HOUR_MS)
    picks = random.choice(len(rows) - 1, count, replace=False)
    replaced = random.random(count) < 0.5
    at_ms = np.where(replaced, rows.at_ms[picks], (rows.at_ms[picks] + rows.at_ms[picks + 1]) // 2)
    if stream.point.spec.kind is PointKind.ACCUMULATING:
        value = np.where(replaced, rows.value[picks], np.floor((rows.value[picks] + rows.value[picks + 1]) / 2))
    else:
        value = np.round(rows.value[picks] + random.normal(0, 300, count))
    return as_columns(np.full(count, stream.number, np.int32), at_ms, value)


async def _compare_day(reader: Reader, stream: Stream, day_ms: int) -> tuple[int, int]:
    """All levels of one point over one local day against raw readings."""
    key = stream.point.key
    # One more millisecond: a register read exactly at midnight speaks of this day.
    rows = await reader.raw(key, day_ms - HOUR_MS, day_ms + DAY_MS + 1)
    wrong = compared = 0
    for level, width_ms in WIDTHS.items():
        told = await reader.rollup(key, level, day_ms, day_ms + DAY_MS)
        expected = recompute(rows, stream, day_ms, width_ms)
        for row in range(len(told.start_ms)):
            compared += 1
            wrong += not _same(told, row, expected.get(int(told.start_ms[row])))
        wrong += len(set(expected) - set(told.start_ms.tolist()))
    return wrong, compared


def _same(told: Rollup, row: int, expected: "tuple[float, ...] | None") -> bool:
    if expected is None:
        return False
    said = (told.minimum[row], told.mean[row], told.maximum[row], told.energy[row], told.coverage[row])
    return bool(np.allclose(said, expected, rtol=1e-9, atol=1e-9, equal_nan=True))


def recompute(rows: Columns, stream: Stream, day_ms: int, width_ms: int) -> dict[int, tuple[float, ...]]:
    """Minimum, mean, maximum, energy and coverage per interval, the plain way: reading by reading."""
    hold_ms = max(3 * {1000: 1000, 60_000: 60_000, 10_000: 10_000}[stream.interval_ms], 10_000)
    counts = stream.point.spec.kind is PointKind.ACCUMULATING
    seen: dict[int, list[Any]] = {}
    at, values = rows.at_ms.tolist(), rows.value.tolist()
    for i, (at_ms, value) in enumerate(zip(at, values, strict=True)):
        begin = at_ms
        end = min(at[i + 1] if i + 1 < len(at) else at_ms + hold_ms, at_ms + hold_ms, day_ms + DAY_MS)
        while begin < end:
            start = (begin - day_ms) // width_ms * width_ms + day_ms
            stop = min(end, start + width_ms)
            entry = seen.setdefault(start, [value, 0.0, value, None, 0])
            entry[0], entry[2] = min(entry[0], value), max(entry[2], value)
            entry[1] += value * (stop - begin)
            entry[4] += stop - begin
            begin = stop
        if counts and i:
            start = (at[i] - 1 - day_ms) // width_ms * width_ms + day_ms
            entry = seen.setdefault(start, [value, 0.0, value, None, 0])
            entry[3] = (entry[3] or 0.0) + value - values[i - 1]
    found: dict[int, tuple[float, ...]] = {}
    for start, (low, area, high, energy, covered) in seen.items():
        if day_ms <= start < day_ms + DAY_MS:
            found[start] = (low, area / covered, high, np.nan if energy is None else energy, covered / width_ms)
    return found
