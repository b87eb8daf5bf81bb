"""A disk that fills (R6): nothing acknowledged goes without a word; the node says so, and goes on when there is room."""

import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from backend.intake import Intake, Limits, open_intake
from backend.model.delivery import StorageError
from backend.model.event import Event, EventKind
from backend.store.contract import Reader
from backend.store.reader import open_reader
from backend.store.sqlite import ledger, open_store
from backend.store.sqlite.retention import Thinning
from backend.store.tiers.keys import key_of
from tests.support.clock import FakeClock
from tests.support.small_disk import MIB, Hog, missing, small_disk
from tests.support.town import DAY_MS, DEVICE, HOUR_MS, POWER, good, site

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

START_MS = 20_700 * DAY_MS
SIZES_MIB = (2, 4, 3, 6, 12, 20, 32, 64)
SHORT = 2
BATCH = 900
BATCH_S = 90
SOON_MS = 10_000
EVER_MS = START_MS + 3_650 * DAY_MS


class Filling:
    """A node's intake on a small disk, and what it promised."""

    def __init__(self, intake: Intake, reader: Reader, clock: FakeClock, luck: random.Random) -> None:
        self.intake, self.reader, self.clock = intake, reader, clock
        self._number = intake.numbers()[POWER.key]
        self._random = np.random.default_rng(luck.randrange(2**32))
        self.kept: list[int] = []
        """Source times of what was acknowledged."""
        self.refused_ms: int | None = None
        """Since when nothing is taken; None while it is."""

    async def write(self, readings: int = BATCH, seconds: float = BATCH_S) -> bool:
        """One batch that cannot be made smaller; whether it was acknowledged."""
        at_ms = (self.clock.now_ms() + np.arange(readings) * (seconds * 1000 / readings)).astype(np.int64)
        self.clock.advance(seconds)
        try:
            await self.intake.accept_columns(good(self._number, at_ms.tolist(), self._random.normal(0, 1, readings).tolist()))
        except StorageError:
            self.refused_ms = self.refused_ms or self.clock.now_ms()
            return False
        self.refused_ms = None
        self.kept += at_ms.tolist()
        return True

    async def events(self, *kinds: EventKind) -> list[Event]:
        """Oldest first."""
        told = await self.reader.events(START_MS, EVER_MS, limit=1_000_000)
        return [event for event in reversed(told) if event.kind in kinds]

    async def unexplained(self) -> int:
        """Acknowledged readings that are neither there nor told as lost, and readings that are there twice."""
        rows = (await self.reader.raw(POWER.key, START_MS - HOUR_MS, EVER_MS)).at_ms
        gone = np.setdiff1d(np.array(self.kept), rows)
        for event in await self.events(EventKind.DATA_LOST):
            low, high = int(event.data["from_ms"] or 0), int(event.data["to_ms"] or 0)
            gone = gone[(gone < low) | (gone > high)]
        return len(gone) + len(rows) - len(np.unique(rows))


@asynccontextmanager
async def filling(folder: Path, luck: random.Random) -> AsyncGenerator[Filling]:
    path, clock = folder / "c.db", FakeClock(START_MS)
    limits = Limits(seal_after_s=0.0, fold_pause_s=0.002)
    async with open_store(path, "full", clock) as store, open_intake(store, clock, limits) as intake, open_reader(path) as reader:
        await intake.define([site("Asia/Tokyo")], [DEVICE])
        await intake.declare([POWER])
        yield Filling(intake, reader, clock, luck)


def sizes(times: int | None) -> Iterator[int]:
    for number in range(times or SHORT):
        yield SIZES_MIB[number % len(SIZES_MIB)] * MIB


async def test_a_full_disk_costs_nothing_that_is_not_told(tmp_path: Path, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    for number, size in enumerate(sizes(times)):
        with small_disk(tmp_path / str(number), size) as folder:
            async with filling(folder, luck) as node:
                written = 0
                while written < 1.8 * size:
                    await node.write()
                    written += 8 * BATCH
                low = await node.events(EventKind.STORAGE_LOW)
                lost = await node.events(EventKind.DATA_LOST)
                print(f"{size // MIB} MiB: {len(node.kept)} kept, {len(lost)} hours lost")  # noqa: T201
                assert await node.unexplained() == 0
                assert low
                assert all(event.at_ms >= low[0].at_ms for event in lost)


async def test_a_disk_that_others_fill_is_told_at_once_and_left_again(tmp_path: Path, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    for number, size in enumerate(sizes(times)):
        with small_disk(tmp_path / str(number), size) as folder:
            async with filling(folder, luck) as node:
                hog = Hog(folder)
                for _ in range(5):
                    assert await node.write(20, 2)
                hog.fill()
                full_ms = node.clock.now_ms()
                while node.refused_ms is None:
                    await node.write(20, 2)
                while node.clock.now_ms() < full_ms + DAY_MS // 50:
                    await node.write(20, 10)
                assert node.intake.trouble
                hog.leave()
                free_ms = node.clock.now_ms()
                while not await node.write(20, 2):
                    pass
                assert node.clock.now_ms() <= free_ms + SOON_MS
                assert not node.intake.trouble
                for _ in range(5):
                    assert await node.write(20, 2)
                full, free = await node.events(EventKind.STORAGE_FULL), await node.events(EventKind.STORAGE_FREE)
                assert full[0].at_ms <= full_ms + SOON_MS
                assert free[-1].at_ms <= free_ms + SOON_MS
                assert await node.unexplained() == 0


class Silent(Thinning):
    """A planted fault: the oldest goes, and nobody hears of it."""

    def _drop_hour(self, hour: int, now_ms: int) -> Iterator[None]:
        sql = "DELETE FROM chunk WHERE id BETWEEN ? AND ?"
        self._database.execute(sql, (key_of(hour, 0), key_of(hour + 1, 0) - 1))
        yield


async def test_a_store_that_deletes_the_oldest_in_silence_is_found_out(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "Thinning", Silent)
    with small_disk(tmp_path / "disk", 2 * MIB) as folder:
        async with filling(folder, random.Random(seed)) as node:
            for _ in range(400):
                await node.write()
            assert await node.unexplained() > 0
