"""Bridge and store together, on a real file: what is written is shown, and what is gone is not missed."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.kit.bridge.asof import snapshot_at
from app.kit.bridge.bridge import CacheBridge
from app.kit.bridge.snapshot import Snapshot
from backend.model.states import ConnectorState
from backend.store.contract import Level
from backend.store.reader import open_reader
from tests.support.clock import FakeClock
from tests.support.small_cache import EIGHT_MS, NOON_MS, POWER, small_cache

HOUR_MS = 3_600_000


class Follower:
    """A bridge on a real file whose looks the test takes."""

    def __init__(self, cache: Path) -> None:
        self.clock = FakeClock()
        self.bridge = CacheBridge(cache, open_reader, self.clock.monotonic)
        self.heard: list[Snapshot] = []
        self.bridge.changed.connect(self.heard.append)

    async def look(self) -> None:
        self.clock.advance(1.0)
        await self.bridge.step()


def remove(cache: Path) -> None:
    for file in cache.parent.glob(f"{cache.name}*"):
        file.unlink()


async def test_a_reading_that_was_committed_is_in_the_next_snapshot(tmp_path: Path, qtbot: QtBot):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache) as writer:
        follower = Follower(cache)
        await follower.look()
        assert follower.heard[-1].latest[POWER.key].value == 6_000.0
        await follower.look()
        assert len(follower.heard) == 1
        await writer.write(POWER, np.array([NOON_MS]), [7_000.0])
        await follower.look()
        assert follower.heard[-1].latest[POWER.key].value == 7_000.0
        await follower.bridge._drop()


async def test_the_day_is_that_of_all_readings(tmp_path: Path, qtbot: QtBot):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache):
        follower = Follower(cache)
        await follower.look()
        day = follower.heard[-1].days["school"]
        assert day.energy_wh == pytest.approx(24_000.0, rel=0.01)
        assert day.power_w == pytest.approx(np.full(48, 6_000.0))
        trend = await follower.bridge.trend(POWER.key, Level.HOUR, EIGHT_MS, NOON_MS)
        assert trend is not None
        assert trend.mean == pytest.approx([6_000.0] * 4)
        await follower.bridge._drop()


async def test_a_cache_that_disappears_leaves_the_last_snapshot(tmp_path: Path, qtbot: QtBot):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache):
        follower = Follower(cache)
        await follower.look()
    remove(cache)
    await follower.look()
    assert follower.bridge.snapshot is follower.heard[-1]
    assert follower.bridge.now_ms() == NOON_MS
    assert await follower.bridge.trend(POWER.key, Level.HOUR, EIGHT_MS, NOON_MS) is None
    async with small_cache(cache):
        await follower.look()
        assert len(follower.heard) == 2
        await follower.bridge._drop()


async def test_garbage_in_place_of_a_cache_is_survived(tmp_path: Path, qtbot: QtBot):
    cache = tmp_path / "cache.enemado"
    cache.write_bytes(b"no database at all" * 1000)
    follower = Follower(cache)
    await follower.look()
    assert follower.heard == []
    cache.unlink()
    async with small_cache(cache):
        await follower.look()
        assert len(follower.heard) == 1
        await follower.bridge._drop()


async def test_an_earlier_moment_knows_nothing_of_what_came_later(tmp_path: Path):
    cache = tmp_path / "cache.enemado"
    nine_ms = EIGHT_MS + HOUR_MS
    async with small_cache(cache), open_reader(cache) as reader:
        past = await snapshot_at(reader, nine_ms)
        assert past.now_ms == past.node_seen_ms == nine_ms
        assert past.latest[POWER.key].at_ms == nine_ms
        assert past.days["school"].energy_wh == pytest.approx(6_000.0, rel=0.02)
        assert past.days["school"].at_ms.max() < nine_ms
        assert [status.state for status in past.connectors] == [ConnectorState.AVAILABLE]
        now = await snapshot_at(reader, None)
        assert now.now_ms == NOON_MS
        assert [status.state for status in now.connectors] == [ConnectorState.CHARGING]
