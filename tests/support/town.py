"""A small town for store tests: one site, one inverter, one meter, and a store that has taken what it was given."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.quality import Quality
from backend.model.site import Place, Site
from backend.store.contract import SharedStore
from backend.store.sqlite import Retention, open_store
from tests.support.clock import FakeClock

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
POWER = Point("school/pcs", PointSpec("ac_power", Unit.WATT, digits=1))
ENERGY = Point("school/pcs", PointSpec("ac_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, digits=0))
DEVICE = Device("school/pcs", "school", DeviceKind.INVERTER, {"en": "PCS"}, "none", interval_s=60)


def site(timezone: str) -> Site:
    return Site("school", {"en": "School"}, Place(35.0, 139.0), timezone)


@dataclass
class Town:
    """A store, its clock and the numbers of its two points."""

    store: SharedStore
    clock: FakeClock
    power: int
    energy: int

    async def write(self, number: int, at_ms: Sequence[int], values: Sequence[float]) -> None:
        """Good readings in one batch."""
        await self.store.commit(good(number, at_ms, values), [], [])

    async def settle(self) -> None:
        """Fold everything that is due."""
        while await self.store.fold():
            pass

    async def at(self, now_ms: int) -> None:
        """Let the clock stand there and fold what is due then."""
        self.clock.advance((now_ms - self.clock.now_ms()) / 1000)
        await self.settle()


def good(number: int, at_ms: Sequence[int], values: Sequence[float]) -> Columns:
    count = len(at_ms)
    value = np.array(values, np.float64)
    quality = np.where(np.isnan(value), int(Quality.BAD_COMMUNICATION_ERROR), 0).astype(np.uint32)
    return Columns(np.full(count, number, np.int32), np.array(at_ms, np.int64), value, quality, np.zeros(count, np.uint8))


@asynccontextmanager
async def town(path: Path, now_ms: int, timezone: str = "Asia/Tokyo", retention: Retention | None = None) -> AsyncGenerator[Town]:
    """An open store with a site, a device and two points."""
    clock = FakeClock(now_ms)
    async with open_store(path, "school", clock, retention) as store:
        yield await settle_in(store, clock, timezone)


async def settle_in(store: SharedStore, clock: FakeClock, timezone: str = "Asia/Tokyo") -> Town:
    """Make the site, the device and the two points known to an open store."""
    await store.define([site(timezone)], [DEVICE])
    numbers = await store.number([POWER, ENERGY])
    return Town(store, clock, numbers[POWER.key], numbers[ENERGY.key])
