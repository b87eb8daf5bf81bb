"""The one way in: grouping, urgency, promises kept and broken, heartbeat, checks, and a clean end."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.intake import Intake, Limits, open_intake
from backend.model.columns import Columns
from backend.model.delivery import Delivery, State, StorageError
from backend.model.event import Event, EventKind
from backend.model.point import Point
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.store.contract import Store
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, DEVICE, ENERGY, HOUR_MS, POWER, site

START_MS = 20_700 * DAY_MS + HOUR_MS // 2
NEVER_S = 3600.0
_DERIVED = 100
"""Numbers of derived points begin here; their own tests look at those."""
PATIENT = Limits(seal_after_s=NEVER_S, heartbeat_s=NEVER_S)


class Memory:
    """A store that remembers batches, and fails when it is told to."""

    def __init__(self) -> None:
        self.batches: list[tuple[Columns, list[Event], list[State]]] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.folds = asyncio.Queue[int]()
        self.sealed = asyncio.Queue[int]()

    async def define(self, sites: object, devices: object) -> None: ...

    async def number(self, points: Sequence[Point]) -> Mapping[str, int]:
        known = {POWER.key: 1, ENERGY.key: 2}
        return {point.key: known.get(point.key, _DERIVED + number) for number, point in enumerate(points)}

    async def commit(self, readings: Columns, events: Sequence[Event], states: Sequence[State]) -> None:
        await self.gate.wait()
        if self.broken:
            raise StorageError("the disk is gone")
        readings = readings.take(readings.point < _DERIVED)
        self.batches.append((readings, list(events), list(states)))
        self.sealed.put_nowait(len(readings))

    async def put(self, kind: str, key: str, document: object) -> None: ...

    async def fold(self) -> bool:
        self.folds.put_nowait(len(self.batches))
        return False

    async def close(self) -> None: ...


@asynccontextmanager
async def memory_intake(limits: Limits) -> AsyncGenerator[tuple[Memory, Intake]]:
    store = Memory()
    async with open_intake(store, FakeClock(START_MS), limits) as intake:
        await intake.define([site("Asia/Tokyo")], [DEVICE])
        await intake.declare([POWER, ENERGY])
        yield store, intake


def power(count: int, first_ms: int = START_MS) -> Delivery:
    return Delivery([Reading(POWER.key, first_ms + i, 100.0 + i) for i in range(count)])


async def test_readings_are_grouped_by_number(tmp_path: Path) -> None:
    async with memory_intake(PATIENT) as (store, intake):
        futures = [intake.accept(power(100)) for _ in range(5)]
        await asyncio.gather(*futures)
        waiting = intake.accept(power(1))
        assert [len(readings) for readings, _, _ in store.batches] == [500]
        assert not waiting.done()
    assert waiting.done()
    assert [len(readings) for readings, _, _ in store.batches] == [500, 1]


async def test_readings_are_grouped_by_time() -> None:
    async with memory_intake(Limits(seal_after_s=0.05)) as (store, intake):
        first, second = intake.accept(power(2)), intake.accept(power(3))
        await asyncio.gather(first, second)
        assert [len(readings) for readings, _, _ in store.batches] == [5]


async def test_an_edge_takes_along_what_waits_within_50_ms() -> None:
    async with memory_intake(PATIENT) as (store, intake):
        event = Event(START_MS, EventKind.DEVICE_LOST, "school/pcs")
        waiting = intake.accept(power(3))
        began = asyncio.get_running_loop().time()
        await intake.accept(Delivery(events=[event], urgent=True))
        assert asyncio.get_running_loop().time() - began < 0.05
        assert waiting.done()
        assert [(len(readings), events) for readings, events, _ in store.batches] == [(3, [event])]


async def test_a_failed_commit_fails_its_deliveries_and_only_those() -> None:
    async with memory_intake(Limits(seal_after_s=0.01, heartbeat_s=NEVER_S)) as (store, intake):
        store.broken = True
        with pytest.raises(StorageError):
            await intake.accept(power(3))
        assert intake.trouble == "the disk is gone"
        store.broken = False
        await intake.accept(power(2))
        assert intake.trouble == ""
        assert [len(readings) for readings, _, _ in store.batches] == [2]


async def test_polled_readings_that_could_not_be_kept_are_told_once_it_works_again() -> None:
    async with memory_intake(PATIENT) as (store, intake):
        store.broken = True
        for _ in range(2):
            with pytest.raises(StorageError):
                await intake.accept(power(500))
        with pytest.raises(StorageError):
            await intake.accept(Delivery(power(3).readings, urgent=True))
        store.broken = False
        await intake.accept(power(500, START_MS + 9000))
        await intake.accept(power(500, START_MS + 19_000))
        told = [event for _, events, _ in store.batches for event in events]
        assert [(event.kind, event.data) for event in told] == [
            (EventKind.DATA_LOST, {"from_ms": START_MS, "to_ms": START_MS + 499, "count": 1000, "cause": "storage"})
        ]


async def test_nobody_needs_to_await() -> None:
    async with memory_intake(Limits(seal_after_s=0.01, heartbeat_s=NEVER_S)) as (store, intake):
        store.broken = True
        intake.accept(power(3))
        with pytest.raises(StorageError):
            await intake.accept(power(1))


async def test_unknown_points_are_refused() -> None:
    async with memory_intake(PATIENT) as (_, intake):
        with pytest.raises(StorageError, match="never declared"):
            await intake.accept(Delivery([Reading("school/pcs/unheard", START_MS, 1.0)]))


async def test_too_much_is_refused_until_there_is_room_again() -> None:
    limits = Limits(seal_after_s=0.01, seal_at=10, most=20, heartbeat_s=NEVER_S)
    async with memory_intake(limits) as (store, intake):
        store.gate.clear()
        kept = [intake.accept(power(10)), intake.accept(power(10))]
        with pytest.raises(StorageError, match="waiting"):
            await intake.accept(power(1))
        store.gate.set()
        await intake.room()
        await asyncio.gather(*kept, intake.accept(power(1)))
        assert sum(len(readings) for readings, _, _ in store.batches) == 21


async def test_absence_quality_and_lateness_travel_along() -> None:
    async with memory_intake(Limits(seal_after_s=0.01)) as (store, intake):
        readings = [
            Reading.absent(POWER.key, START_MS, Quality.BAD_NOT_CONNECTED),
            Reading(POWER.key, START_MS + 1, 5, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, Flag.BACKFILLED),
            Reading(POWER.key, START_MS - HOUR_MS, 6.5),
        ]
        await intake.accept(Delivery(readings))
        columns = store.batches[0][0]
        assert np.isnan(columns.value[0])
        assert columns.value[1:].tolist() == [5.0, 6.5]
        assert columns.quality.tolist() == [reading.quality for reading in readings]
        assert columns.flags.tolist() == [0, Flag.BACKFILLED, Flag.LATE]


async def test_a_silent_node_shows_that_it_lives() -> None:
    async with memory_intake(Limits(heartbeat_s=0.01)) as (store, _):
        assert [await store.sealed.get() for _ in range(2)] == [0, 0]


async def test_it_folds_after_commits() -> None:
    async with memory_intake(Limits(seal_after_s=0.001, fold_pause_s=NEVER_S)) as (store, intake):
        for number in range(1, 4):
            await intake.accept(power(1))
            while await store.folds.get() < number:
                pass


async def test_everything_accepted_is_on_disk_after_the_end(tmp_path: Path) -> None:
    clock = FakeClock(START_MS)
    async with open_store(tmp_path / "c.db", "n", clock) as store:
        as_contract: Store = store
        async with open_intake(as_contract, clock, PATIENT) as intake:
            await intake.define([site("Asia/Tokyo")], [DEVICE])
            await intake.declare([POWER])
            last = intake.accept(power(7))
        assert last.done()
        with pytest.raises(StorageError, match="stopping"):
            await intake.accept(power(1))
    async with open_reader(tmp_path / "c.db") as reader:
        assert len(await reader.raw(POWER.key, START_MS, START_MS + 100)) == 7


async def test_what_is_derived_carries_the_quality_that_the_checks_found(tmp_path: Path) -> None:
    """And a node that starts again goes on with what the store knows."""
    path, clock, derived = tmp_path / "cache.db", FakeClock(START_MS), "school/derived/generation_power"
    rated = replace(DEVICE, rated_w=10_000.0, interval_s=5.0)

    async def told(*values: float | None, recall: bool = True) -> list[Reading]:
        found: list[Reading] = []
        async with (
            open_store(path, "school", clock) as store,
            open_intake(store, clock, PATIENT) as intake,
            open_reader(path) as reader,
        ):
            await intake.define([site("Asia/Tokyo")], [rated])
            intake.recall(await reader.latest() if recall else {})
            await intake.declare([POWER])
            for value in values:
                clock.advance(6.0)
                reading = [Reading(POWER.key, clock.now_ms(), value)] if value is not None else []
                await intake.accept(Delivery(reading, urgent=True))
                found.append((await reader.latest())[derived])
        return found

    first, second = await told(100.0, 1e9)
    assert first == Reading(derived, START_MS + 6_000, 100.0)
    assert second == Reading(derived, START_MS + 12_000, 1e9, Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED)
    assert await told(200.0, recall=False) == [Reading(derived, START_MS + 18_000, 200.0)]
    clock.advance(60.0)
    (absent,) = await told(None)
    assert (absent.value, absent.quality) == (None, Quality.BAD_NO_COMMUNICATION)
