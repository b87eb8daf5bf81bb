"""The bridge: one signal per change, and calm whatever happens to the file."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.kit.bridge.bridge import LOOK_EVERY_S, OPEN_EVERY_S, CacheBridge
from app.kit.bridge.days import Span
from app.kit.bridge.snapshot import Snapshot
from backend.model.clock import ClockAnchor
from backend.model.device import Device, DeviceKind
from backend.model.kiosk import KioskPlan
from backend.model.node import NodeInfo
from backend.model.reading import Reading
from backend.model.site import Place, Site
from backend.store.contract import Reader, Rollup
from tests.support.clock import FakeClock
from tests.support.reader import FakeReader

NOW_MS = 1_795_401_720_000
SITE = Site("school", {"en": "School"}, Place(35.0, 139.0), "Asia/Tokyo")
POWER = "school/pv/ac_power"


class World:
    """A cache file with a fake reader behind it, and the bridge that follows."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache.db"
        self.clock = FakeClock(NOW_MS)
        self.readers: list[FakeReader] = []
        self.heard: list[Snapshot] = []
        self.bridge = CacheBridge(self.cache, self.open, self.clock.monotonic)
        self.bridge.changed.connect(self.heard.append)

    async def open(self, cache: Path) -> Reader:
        reader = FakeReader(known_sites=[SITE], sealed_ms=NOW_MS)
        reader.documents["node", "main"] = NodeInfo("n", "1", ClockAnchor(NOW_MS, 0, 0.0), demo=True)
        reader.documents["plan", "main"] = KioskPlan("school")
        reader.commit(Reading(POWER, NOW_MS, 100.0))
        self.readers.append(reader)
        return reader

    def make_file(self) -> None:
        fresh = self.cache.with_suffix(".new")
        fresh.write_bytes(b"")
        fresh.replace(self.cache)

    async def step(self, seconds: float = LOOK_EVERY_S) -> float:
        self.clock.advance(seconds)
        return await self.bridge.step()


@pytest.fixture
def world(tmp_path: Path, qtbot: QtBot) -> World:
    return World(tmp_path)


async def test_a_missing_cache_is_waited_for(world: World):
    assert await world.step() == OPEN_EVERY_S
    assert world.heard == []
    world.make_file()
    await world.step(OPEN_EVERY_S)
    assert world.heard[-1].latest[POWER].value == 100.0
    assert world.heard[-1].demo
    assert world.heard[-1].plan == KioskPlan("school")


async def test_one_signal_for_each_change_and_none_without(world: World):
    world.make_file()
    await world.step()
    for _ in range(5):
        assert await world.step() == LOOK_EVERY_S
    assert len(world.heard) == 1
    world.readers[0].commit(Reading(POWER, NOW_MS + 1000, 200.0))
    world.readers[0].commit(Reading(POWER, NOW_MS + 2000, 300.0))
    await world.step()
    await world.step()
    assert [s.latest[POWER].value for s in world.heard] == [100.0, 300.0]


async def test_the_clock_is_the_nodes_and_runs_on(world: World):
    world.make_file()
    await world.step()
    assert world.heard[0].now_ms == NOW_MS == world.bridge.now_ms()


async def test_definitions_and_days_are_read_seldom(world: World):
    world.make_file()
    for second in range(1, 31):
        await world.step(1.0)
        world.readers[0].commit(Reading(POWER, NOW_MS + second * 1000, 1.0))
    assert world.readers[0].calls["latest"] == 30
    assert world.readers[0].calls["sites"] <= 5


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("database is locked"), sqlite3.DatabaseError("malformed"), OSError(5, "I/O")]
)
async def test_a_broken_cache_keeps_the_last_snapshot_and_is_opened_again(world: World, error: Exception):
    world.make_file()
    await world.step()
    world.readers[0].error = error
    assert await world.step() == OPEN_EVERY_S
    assert world.bridge.snapshot is world.heard[0]
    assert world.bridge.now_ms() == NOW_MS
    assert world.readers[0].closed
    await world.step(OPEN_EVERY_S)
    assert len(world.readers) == 2
    assert len(world.heard) == 2


async def test_a_replaced_cache_is_followed(world: World):
    world.make_file()
    await world.step()
    world.make_file()
    await world.step(OPEN_EVERY_S)
    assert [reader.closed for reader in world.readers] == [True, False]


async def test_a_slow_cache_is_asked_less_often(world: World):
    world.make_file()
    await world.step()

    class Slow(FakeReader):
        async def latest(self, keys: object = None) -> dict[str, Reading]:
            world.clock.advance(0.05)
            return {}

    world.readers[0].__class__ = Slow
    rests: list[float] = []
    for _ in range(80):
        world.readers[0].commit()
        rests.append(await world.step())
    assert rests[0] == LOOK_EVERY_S, "a single slow look must not make the next change wait"
    assert rests[-1] == pytest.approx(0.5, rel=0.01)


async def test_curves_are_read_at_once_when_devices_appear(world: World):
    world.make_file()
    await world.step()
    reader = world.readers[0]
    assert world.heard[-1].days == {}
    reader.known_devices.append(Device("school/pv", "school", DeviceKind.INVERTER, {"en": "PV"}, "sunspec://192.0.2.1"))
    reader.documents["node", "main"] = NodeInfo("n", "2", ClockAnchor(NOW_MS, 0, 0.0))
    reader.commit(Reading(POWER, NOW_MS + 1000, 100.0))
    await world.step()
    assert set(world.heard[-1].days) == {"school"}


async def test_a_day_that_has_nothing_to_tell_yet_is_asked_for_again_soon(world: World):
    world.make_file()
    await world.step()
    reader = world.readers[0]
    reader.known_devices.append(Device("school/pv", "school", DeviceKind.INVERTER, {"en": "PV"}, "sunspec://192.0.2.1"))
    reader.commit(Reading(POWER, NOW_MS + 1000, 100.0), Reading("school/pv/link", NOW_MS, 1.0))
    await world.step()
    assert world.heard[-1].days["school"].energy_wh is None
    start_ms = np.array([NOW_MS - 60_000], np.int64)
    one = np.ones(1)
    reader.rollups[POWER] = Rollup(start_ms, 100 * one, 100 * one, 100 * one, one, one)
    reader.energies["school/pv/ac_energy"] = {Span.around(NOW_MS, SITE.timezone).day: 24_000.0}
    for second in range(2, 4):
        reader.commit(Reading(POWER, NOW_MS + second * 1000, 100.0))
        await world.step(1.0)
    assert world.heard[-1].days["school"].energy_wh == 24_000.0
    assert world.heard[-1].days["school"].heard_ms == NOW_MS - 60_000
    asked = reader.calls["rollup"]
    reader.commit(Reading(POWER, NOW_MS + 5000, 100.0))
    await world.step(2.0)
    assert reader.calls["rollup"] == asked
