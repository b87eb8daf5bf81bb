"""A school and its cloud, each a process of its own: what devices say arrives, through cuts and restarts, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from backend.model.event import EventKind
from backend.model.reading import Reading
from backend.model.sync import LinkState, SyncStatus
from backend.simulation.sunspec import PseudoDevice, pseudo_inverter
from backend.store.contract import Reader
from backend.store.reader import open_reader
from tests.support.kin import Kin, now_ms
from tests.support.node_process import NodeProcess, free_ports
from tests.support.until import until

POWER = "school/pcs1/ac_power"


@dataclass
class Scene:
    """Both processes and the device."""

    kin: Kin
    cloud: NodeProcess
    school: NodeProcess
    cache: Path
    inverter: PseudoDevice

    async def seen(self, value: float) -> bool:
        """Whether the cloud knows this value as the newest."""
        async with open_reader(self.kin.cache) as reader:
            found: Reading | None = (await reader.latest([POWER])).get(POWER)
        return found is not None and found.value == value

    async def status(self, cache: Path) -> SyncStatus:
        async with open_reader(cache) as reader:
            return await reader.document("sync", "main", SyncStatus) or SyncStatus()

    async def stands(self, link: LinkState) -> bool:
        """Whether the school says so of its parent."""
        status = await self.status(self.cache)
        return status.link is link and status.parent == self.kin.url

    async def same_on_both_sides(self) -> bool:
        """Every reading that the school has is at the cloud, once, and nothing else."""
        async with open_reader(self.cache) as ours, open_reader(self.kin.cache) as theirs:
            return await rows(ours) == await rows(theirs)


async def rows(reader: Reader) -> dict[str, list[tuple[int, float | None, int]]]:
    """Absent values as None: what is not a number equals nothing."""
    found = {}
    for point in await reader.points():
        raw = await reader.raw(point.key, now_ms() - 3_600_000, now_ms() + 3_600_000)
        values = [None if isnan(value) else value for value in raw.value.tolist()]
        found[point.key] = list(zip(raw.at_ms.tolist(), values, raw.quality.tolist(), strict=True))
    return found


@asynccontextmanager
async def scene(folder: Path) -> AsyncGenerator[Scene]:
    kin = Kin(folder)
    inverter = pseudo_inverter("SN-1", strings=0)
    inverter.put(103, {"W": 1000, "WH": 52_600, "St": 4})
    (ocpp,) = free_ports(1)
    async with inverter.serve((126,)) as server:
        settings = kin.school(server.port, ocpp)
        cloud, school = kin.process(), NodeProcess(settings, ocpp)
        try:
            await cloud.start()
            await school.start()
            yield Scene(kin, cloud, school, settings.parent / "node.enemado", inverter)
        finally:
            await school.stop()
            await cloud.stop()


def say(inverter: PseudoDevice, watts: float) -> None:
    inverter.put(103, {"W": watts})


async def test_what_a_device_says_is_at_the_cloud_within_seconds(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:
        await until(lambda: found.seen(1000))
        say(found.inverter, 2000)
        await until(lambda: found.seen(2000), 5.0)
        async with open_reader(found.kin.cache) as reader:
            assert [site.key for site in await reader.sites()] == ["school"]
            assert {device.key for device in await reader.devices()} == {"school/pcs1", "school/cp1"}
            assert {event.kind for event in await reader.events(0, now_ms(), "node:Test node")} >= {EventKind.NODE_STARTED}
        await until(lambda: found.stands(LinkState.CONNECTED))
        children = (await found.status(found.kin.cache)).children
        assert [(child.node, child.silent) for child in children] == [("Test node", False)]


async def test_a_cloud_that_was_killed_gets_what_it_missed_and_nothing_twice(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:
        await until(lambda: found.seen(1000))
        await found.cloud.kill()
        for watts in range(2000, 2010):
            say(found.inverter, watts)
            await until(lambda watts=watts: newest(found.cache, watts))
        await found.cloud.start()
        # The school asks again after a random wait of up to a minute.
        await until(lambda: found.seen(2009), 75.0)
        found.inverter.put(103, {"St": 5})
        await found.school.stop()
        await found.school.start()
        await until(found.same_on_both_sides)
        async with open_reader(found.cache) as reader:
            kinds = [event.kind for event in await reader.events(0, now_ms(), "node")]
        assert kinds.count(EventKind.UPLINK_CUT) == kinds.count(EventKind.UPLINK_BACK) == 1


async def newest(cache: Path, value: float) -> bool:
    async with open_reader(cache) as reader:
        found = (await reader.latest([POWER])).get(POWER)
    return found is not None and found.value == value
