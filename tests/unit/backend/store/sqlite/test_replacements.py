"""A replaced meter in a real store: its energy is never differenced with that of the one before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from backend.intake import Intake, open_intake
from backend.model.delivery import Delivery
from backend.model.device import Device, DeviceKind
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.reading import Reading
from backend.model.site import Place, Site
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from tests.support.clock import FakeClock

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
START_MS = 497_500 * HOUR_MS
KEY = "s/m/import_energy"
METER = Device("s/m", "s", DeviceKind.METER, {}, "sunspec://x", interval_s=60)
POINT = Point("s/m", PointSpec("import_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING))
SITE = Site("s", {}, Place(51.5, 0.0), "UTC")
SWAP = START_MS + 30 * MINUTE_MS


@asynccontextmanager
async def intake(path: Path, clock: FakeClock) -> AsyncGenerator[Intake]:
    async with open_store(path, "node", clock) as store, open_intake(store, clock) as result:
        await result.define([SITE], [METER])
        await result.declare([POINT])
        yield result


def count(first: int, minutes: range, per_minute: int = 2) -> list[Reading]:
    return [Reading(KEY, START_MS + i * MINUTE_MS, float(first + per_minute * i)) for i in minutes]


def identified(replaced: bool) -> Event:
    return Event(SWAP - 1000, EventKind.DEVICE_IDENTIFIED, "s/m", {"serial": "B", "replaced": replaced})


async def energy_wh(path: Path) -> float:
    day = datetime.fromtimestamp(START_MS / 1000, UTC).date()
    async with open_reader(path) as reader:
        return (await reader.energy_by_day([KEY], day, day))[KEY][day]


async def swap(path: Path, clock: FakeClock, replaced: bool = True) -> None:
    """A meter that stands near 1,000 is replaced by one that stands near 90,000."""
    async with intake(path, clock) as sink:
        await sink.accept(Delivery(count(1000, range(30)), urgent=True))
        await sink.accept(Delivery(count(90_000, range(30, 60)), events=(identified(replaced),), urgent=True))


async def seal(path: Path, clock: FakeClock) -> None:
    """Let hours pass, and fold all there is."""
    clock.advance(3 * 3600)
    async with open_store(path, "node", clock) as store:
        while await store.fold():
            pass


async def found(path: Path) -> list[EventKind]:
    async with open_reader(path) as reader:
        return [event.kind for event in await reader.events(0, START_MS + 100 * HOUR_MS, KEY)]


async def test_the_open_hour_knows_of_a_replacement(tmp_path: Path) -> None:
    path, clock = tmp_path / "cache.enemado", FakeClock(START_MS + HOUR_MS - 1)
    await swap(path, clock)
    assert await energy_wh(path) == 58 + 58


async def test_the_sealed_hour_knows_of_a_replacement_and_says_so_once(tmp_path: Path) -> None:
    path, clock = tmp_path / "cache.enemado", FakeClock(START_MS + HOUR_MS - 1)
    await swap(path, clock)
    await seal(path, clock)
    assert await energy_wh(path) == 58 + 58
    assert await found(path) == [EventKind.COUNTER_REPLACED]
    await seal(path, clock)
    assert await found(path) == [EventKind.COUNTER_REPLACED]


async def test_another_plate_of_the_same_meter_is_no_replacement(tmp_path: Path) -> None:
    path, clock = tmp_path / "cache.enemado", FakeClock(START_MS + HOUR_MS - 1)
    await swap(path, clock, replaced=False)
    assert await energy_wh(path) > 80_000
