"""Three days without a line: the backlog drains soon, and what is new is never kept waiting by it (R5)."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from backend.model.clock import SystemClock
from backend.model.columns import Columns
from backend.store.reader import StoreReader, open_reader
from backend.sync.compose import Composer
from backend.sync.lanes import Lag, Load, within
from backend.sync.uplink import Uplink
from tests.support.cloud import Cloud
from tests.support.fault_proxy import Fault, FaultProxy, Kind, fault_proxy
from tests.support.gateway import Gateway, MakeUplink, gateway, telling
from tests.support.until import until
from tests.support.warm_start import WarmStart

POINTS = 5
STEP_MS = 3000
BACKLOG_H = 72
ROUNDS = 100
HOUR_MS = 3_600_000
DRAINED_S = 90.0
RATE = 5_000
LIVE_S = 5.0
TELL_EVERY_S = 0.5
BYTES_PER_S = 125_000
"""Of a line of 1 Mbit/s, there and back."""


@dataclass
class Outage:
    """A site, its cloud, and what is seen from outside while the line is back."""

    site: Gateway
    cloud: Cloud
    proxy: FaultProxy
    ages_s: list[float] = field(default_factory=list)
    """Of the newest reading in the cloud, again and again until the backlog had drained."""
    drained_s: float = 0.0

    async def fill(self, hours: float) -> list[Columns]:
        """What the site measured while the line was cut."""
        count = round(hours * HOUR_MS / STEP_MS / ROUNDS)
        start = SystemClock().now_ms() - count * ROUNDS * STEP_MS
        return [await self.site.tell(ROUNDS, start + number * ROUNDS * STEP_MS, STEP_MS) for number in range(count)]

    async def drain(self, luck: random.Random) -> None:
        """Mend the line and look until nothing of the backlog is missing, while new readings are told."""
        progress = self.site.uplink.progress
        await progress.refresh()
        backlog = progress.lags[0].held
        async with open_reader(self.cloud.place) as reader, telling([self.site], TELL_EVERY_S, luck):
            await self.proxy.mend()
            await until(lambda: self.site.delivered, DRAINED_S)
            began = monotonic()

            async def over() -> bool:
                self.ages_s.append(await self._age(reader))
                return all(self.site.delivered.covers(*span) for span in backlog)

            await until(over, DRAINED_S)
            self.drained_s = monotonic() - began
        await until(lambda: not self.site.waits, DRAINED_S)

    async def _age(self, reader: StoreReader) -> float:
        newest = await reader.latest(self.site.keys)
        at_ms = max((reading.at_ms for reading in newest.values()), default=0)
        return (SystemClock().now_ms() - at_ms) / 1000


@asynccontextmanager
async def outage(
    folder: Path, warm: WarmStart, make: MakeUplink = Uplink, bytes_per_s: int = BYTES_PER_S
) -> AsyncGenerator[Outage]:
    """The line is cut and everybody knows it."""
    cloud = Cloud(folder, start=warm)
    await cloud.node.start()
    slow = Fault(Kind.DRIP, 1 << 40, drop=bytes_per_s // 20, pause_s=0.05)
    try:
        async with fault_proxy(cloud.port, plan=lambda: slow) as proxy, asyncio.TaskGroup() as tasks:
            await proxy.cut()
            async with gateway(folder, "school", cloud, tasks, port=proxy.port, points=POINTS, make=make, luck=_Quick()) as site:
                yield Outage(site, cloud, proxy)
    finally:
        await cloud.node.stop()


class _Quick(random.Random):
    """Comes back at once: how long a site may wait for that is asked elsewhere."""

    def random(self) -> float:
        return 0.0


async def differs(cloud: Cloud, keys: list[str], told: list[Columns]) -> list[str]:
    """Points whose single readings, with their qualities, are not in the cloud as they were told."""
    everything = Columns.concatenate(told)
    numbers = list(dict.fromkeys(everything.point.tolist()))
    found: list[str] = []
    async with open_reader(cloud.place) as reader:
        for key, number in zip(keys, numbers, strict=True):
            mine = everything.point == number
            at_ms = everything.at_ms[mine]
            rows = await reader.raw(key, int(at_ms.min()), int(at_ms.max()) + 1)
            same = (
                np.array_equal(rows.at_ms, at_ms)
                and np.array_equal(rows.value, everything.value[mine], equal_nan=True)
                and np.array_equal(rows.quality, everything.quality[mine])
            )
            found += [] if same else [key]
    return found


async def test_a_backlog_of_three_days_drains_and_nothing_new_waits_for_it(ram: Path, warm: WarmStart, seed: int) -> None:
    async with outage(ram, warm) as found:
        told = await found.fill(BACKLOG_H)
        await found.drain(random.Random(seed))
        count = sum(len(rows) for rows in told)
        age_s = float(np.quantile(found.ages_s, 0.95))
        print(f"{count} readings in {found.drained_s:.1f} s, {count / found.drained_s:.0f}/s; live p95 {age_s:.2f} s")  # noqa: T201
        wrong = await differs(found.cloud, found.site.keys, told)
    assert wrong == []
    assert found.drained_s <= DRAINED_S
    assert count / found.drained_s >= RATE
    assert age_s <= LIVE_S


class OneLane(Composer):
    """Sends everything in order, however new it is."""

    async def _newest(self, lag: Lag, load: Load, after: int, room: int) -> None:
        """No lane for it."""

    async def _oldest(self, lag: Lag, load: Load) -> None:
        for hole in lag.waiting - lag.under_way:
            batches, _ = within(hole, await self._outbox.oldest(lag.number, hole[0], load.room))
            load.fill(lag, batches)


def one_lane(*parts: Any, **others: Any) -> Uplink:
    """An uplink that is fair to the past."""
    uplink = Uplink(*parts, **others)
    uplink.progress._composer = OneLane(uplink.progress._outbox)
    return uplink


async def test_a_sender_with_one_lane_is_found_out(ram: Path, warm: WarmStart, seed: int) -> None:
    async with outage(ram, warm, one_lane, BYTES_PER_S // 3) as found:
        await found.fill(BACKLOG_H / 2)
        await found.drain(random.Random(seed))
    assert np.quantile(found.ages_s, 0.95) > LIVE_S
