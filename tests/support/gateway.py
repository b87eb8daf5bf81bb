"""A site without devices and screens: a real store and a real uplink, as many of them as like in the test's own process."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from backend.identity.credentials import Credentials
from backend.identity.node_key import open_node_key
from backend.model.clock import SystemClock
from backend.model.columns import Columns
from backend.model.delivery import Delivery
from backend.model.device import Device, DeviceKind
from backend.model.point import Point, PointSpec, Unit
from backend.model.quality import Quality
from backend.model.site import Place, Site
from backend.model.spans import Spans
from backend.store.contract import Store
from backend.store.outbox import open_outbox
from backend.store.sqlite import open_store
from backend.sync.line import Line
from backend.sync.uplink import Uplink
from tests.support.cloud import Cloud
from tests.support.witness import Fact

BAD_EVERY = 97
"""One reading in so many has no value, and says why."""


class CommittingSink:
    """Takes what the uplink has to tell into the store, one batch for each delivery."""

    def __init__(self, store: Store, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._tasks = tasks

    async def declare(self, points: Sequence[Point]) -> None:
        """Nobody declares points here."""

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        return self._tasks.create_task(self._store.commit(Columns.empty(), delivery.events, delivery.states), name="sink")


class Gateway:
    """What a test needs of a site; use ``gateway``."""

    def __init__(
        self, cache: Path, store: Store, uplink: Uplink, paths: Sequence[Line], keys: list[str], numbers: Sequence[int]
    ) -> None:
        self.name, self.store, self.uplink, self.lines, self.keys = cache.stem, store, uplink, paths, keys
        self.cache = cache
        self.kept: list[Fact] = []
        """What was committed here and has a value: all of it belongs to the parent too."""
        self._numbers = np.array(numbers, np.int32)
        self._last_ms = 0
        self.told = 0
        """Readings that were committed, with a value or without."""

    async def tell(self, rounds: int = 1, at_ms: int | None = None, step_ms: int = 1) -> Columns:
        """Commit one batch: so many readings of each point, from that time on or now; no two are the same, some are bad."""
        begin = max(self._last_ms + step_ms, SystemClock().now_ms()) if at_ms is None else at_ms
        count = rounds * len(self.keys)
        times = np.repeat(begin + step_ms * np.arange(rounds, dtype=np.int64), len(self.keys))
        numbers = self.told + np.arange(count)
        # As little alike as what noisy sensors say, so that a batch takes its usual room.
        values = (numbers * 48_271 % 65_521).astype(np.float64)
        bad = numbers % BAD_EVERY == 0
        quality = np.where(bad, int(Quality.BAD_COMMUNICATION_ERROR), 0).astype(np.uint32)
        values[bad] = np.nan
        rows = Columns(np.tile(self._numbers, rounds), times, values, quality, np.zeros(count, np.uint8))
        await self.store.commit(rows, [], [])
        self.told += count
        self._last_ms = max(self._last_ms, int(times[-1]))
        self.kept += (
            fact for fact in zip(self.keys * rounds, times.tolist(), values.tolist(), strict=True) if fact[2] == fact[2]
        )
        self.uplink.wake()
        return rows

    async def tell_on(self, every_s: float, luck: Random, quiet: asyncio.Event) -> None:
        """Commit a batch again and again, after ``every_s`` on average, until it shall be quiet."""
        while not quiet.is_set():
            await self.tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(luck.uniform(0.5, 1.5) * every_s):
                    await quiet.wait()

    @property
    def delivered(self) -> Spans:
        """Sequence numbers of this site that the parent is known to have."""
        lags = self.uplink.progress.lags
        return lags[0].done if lags else Spans()

    @property
    def waits(self) -> bool:
        """Whether the parent lacks anything, as far as is known here."""
        return any(lag.waiting for lag in self.uplink.progress.lags)


@asynccontextmanager
async def telling(sites: Sequence[Gateway], every_s: float, luck: Random) -> AsyncGenerator[None]:
    """All these tell while the context is open."""
    quiet = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for site in sites:
            tasks.create_task(site.tell_on(every_s, luck, quiet), name=f"telling of {site.name}")
        try:
            yield
        finally:
            quiet.set()


MakeUplink = Callable[..., Uplink]


@asynccontextmanager
async def gateway(
    folder: Path,
    name: str,
    cloud: Cloud,
    tasks: asyncio.TaskGroup,
    *,
    port: int | None = None,
    points: int = 4,
    lines: int = 2,
    parcel_bytes: int = 1 << 20,
    luck: Random | None = None,
    make: MakeUplink = Uplink,
    line: type[Line] = Line,
) -> AsyncGenerator[Gateway]:
    """A site that belongs to this cloud and sends while the context is open, over ``port`` where that is not the cloud's own.

    ``tasks`` owns what runs for it: a nest of groups would bury every error.
    """
    cache, clock = folder / f"{name}.enemado", SystemClock()
    cloud.enrol(cache, name)
    url = f"https://127.0.0.1:{port or cloud.port}"
    paths = [line.of_member(url, Credentials(cache)) for _ in range(lines)]
    device = Device(f"{name}/pcs", name, DeviceKind.INVERTER, {"en": "PCS"}, "none", interval_s=1)
    known = [Point(device.key, PointSpec(f"ac_power{number}", Unit.WATT, digits=0)) for number in range(points)]
    opened = open_store(cache, name, clock, signer=open_node_key(cache))
    async with opened as store, open_outbox(cache) as outbox:
        await store.define([Site(name, {"en": name}, Place(35.0, 139.0), "Asia/Tokyo")], [device])
        numbers = await store.number(known)
        chance = (luck or Random(name)).random
        uplink = make(paths, outbox, store, CommittingSink(store, tasks), clock, parcel_bytes, chance=chance)
        keys = [point.key for point in known]
        sending = tasks.create_task(uplink.run(), name=f"uplink of {name}")
        try:
            yield Gateway(cache, store, uplink, paths, keys, [numbers[key] for key in keys])
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            for path in paths:
                await path.close()


@asynccontextmanager
async def gateways(
    folder: Path, cloud: Cloud, count: int, seed: int, luck: type[Random] = Random, **how: Any
) -> AsyncGenerator[list[Gateway]]:
    """So many sites, as ``gateway`` opens each, with a luck of its own."""
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        opened = [gateway(folder, f"site{number}", cloud, tasks, luck=luck(seed + number), **how) for number in range(count)]
        yield [await stack.enter_async_context(each) for each in opened]
