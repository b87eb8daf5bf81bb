"""A past for the history bench: a year of one point, months of counters and fast points, and a crowd of recent ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.site import Place, Site
from backend.store.served import ServedStore
from backend.store.sqlite import Retention, open_store
from backend.store.tiers.spill import SPILL_AFTER_MS
from tests.bench.load import SimulatedClock, as_columns

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
END_MS = 20_700 * DAY_MS + 15 * HOUR_MS + 10 * 60_000
"""Ten minutes into a local midnight in Japan, so that both hour and day are open."""
COUNTERS = 24
POINTS = 1000
YEAR_DAYS = 366
CROWD_MS = 60_000
BATCH = 20_000
KEEP_ALL = Retention(raw_days=None, minute_days=None, cap_bytes=1 << 38)


@dataclass(frozen=True)
class Shape:
    """Which points there are and how far back they go."""

    fast: int
    """Points at 1 s."""
    fast_days: int
    counter_days: int
    """24 counters at 1 min."""
    crowd_hours: int
    """All other points at 1 min; in both sizes alike, so that only the length of the past differs."""

    @property
    def readings(self) -> int:
        crowd = (POINTS - 1 - COUNTERS - self.fast) * self.crowd_hours * HOUR_MS // CROWD_MS
        return YEAR_DAYS * 1440 + COUNTERS * self.counter_days * 1440 + self.fast * self.fast_days * 86_400 + crowd


SHAPES = {
    1: Shape(4, 2, 32, 1),
    8: Shape(4, 18, 40, 1),
    10: Shape(12, 4, 45, 72),
    80: Shape(12, 70, 72, 72),
}
"""By millions of readings, about."""


@dataclass(frozen=True)
class Stream:
    """One point with its own cadence."""

    point: Point
    number: int
    start_ms: int
    interval_ms: int
    jitter_ms: int

    def rows(self, start_ms: int, end_ms: int, random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Readings in [start, end)."""
        first = max(start_ms, self.start_ms)
        at_ms = np.arange(-(-first // self.interval_ms) * self.interval_ms, end_ms, self.interval_ms)
        at_ms = at_ms + random.integers(0, self.jitter_ms, len(at_ms))
        if self.point.spec.kind is PointKind.ACCUMULATING:
            return at_ms, np.floor((at_ms - END_MS + 400 * DAY_MS) / 3600.0)
        wave = 2500 + 2000 * np.sin(at_ms / DAY_MS * 2 * np.pi + self.number)
        return at_ms, np.round(wave + random.normal(0, 5, len(at_ms)))


def streams(shape: Shape) -> tuple[list[Site], list[Device], list[Stream]]:
    """Sites, devices and what their points say."""
    sites: list[Site] = []
    devices: list[Device] = []
    found: list[Stream] = []
    kinds = [("year", YEAR_DAYS * DAY_MS, 60_000, 60.0)]
    kinds += [("counter", shape.counter_days * DAY_MS, 60_000, 60.0)] * COUNTERS
    kinds += [("fast", shape.fast_days * DAY_MS, 1000, 1.0)] * shape.fast
    kinds += [("crowd", shape.crowd_hours * HOUR_MS, CROWD_MS, 60.0)] * (POINTS - len(kinds))
    spread = np.random.default_rng(7).permutation(POINTS) + 1
    for index, (kind, length_ms, interval_ms, interval_s) in enumerate(kinds):
        key = f"{kind}{index}"
        sites.append(Site(key, {"en": key}, Place(35.0, 139.0), "Asia/Tokyo"))
        devices.append(Device(f"{key}/d", key, DeviceKind.METER, {"en": key}, "none", interval_s=interval_s))
        counts = kind == "counter"
        spec = PointSpec(
            "energy" if counts else "power",
            Unit.WATT_HOUR if counts else Unit.WATT,
            PointKind.ACCUMULATING if counts else PointKind.INSTANTANEOUS,
            digits=0,
        )
        found.append(
            Stream(Point(f"{key}/d", spec), int(spread[index]), END_MS - length_ms, interval_ms, min(interval_ms // 4, 50))
        )
    return sites, devices, found


async def build(path: Path, shape: Shape, seed: int) -> int:
    """Write the past through the store as a node would have, day by day; how many readings."""
    clock = SimulatedClock(END_MS - YEAR_DAYS * DAY_MS)
    async with open_store(path, "bench", clock, KEEP_ALL) as store:
        sites, devices, found = streams(shape)
        await store.define(sites, devices)
        return await write_past(store, clock, found, seed)


async def write_past(store: ServedStore, clock: SimulatedClock, found: list[Stream], seed: int) -> int:
    """Commit and fold what these points said from the clock's time to the end, day by day; how many readings."""
    random = np.random.default_rng(seed)
    await store.number([stream.point for stream in sorted(found, key=lambda stream: stream.number)])
    count, start_ms = 0, clock.at_ms
    while start_ms < END_MS:
        end_ms = min((start_ms // DAY_MS + 1) * DAY_MS, END_MS)
        rows = _day(found, start_ms, end_ms, random)
        clock.at_ms = end_ms
        count += len(rows)
        await _commit(store, rows)
        start_ms = end_ms
    clock.at_ms += SPILL_AFTER_MS
    while await store.fold(0.25):
        pass
    return count


async def _commit(store: ServedStore, rows: Columns) -> None:
    for first in range(0, len(rows), BATCH):
        await store.commit(rows.take(slice(first, first + BATCH)))
        await store.fold(0.25)
    while await store.fold(0.25):
        pass


def _day(found: list[Stream], start_ms: int, end_ms: int, random: np.random.Generator) -> Columns:
    parts: list[Columns] = []
    for stream in found:
        if stream.start_ms < end_ms:
            at_ms, value = stream.rows(start_ms, end_ms, random)
            parts.append(as_columns(np.full(len(at_ms), stream.number, np.int32), at_ms, value))
    rows = Columns.concatenate(parts)
    return rows.take(np.argsort(rows.at_ms, kind="stable"))
