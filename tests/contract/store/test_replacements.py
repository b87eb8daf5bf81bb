"""A replaced meter in a real store: its energy is never differenced with that of the one before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from backend.intake import Intake, open_intake
from backend.model.delivery import Delivery
from backend.model.device import Device, DeviceKind
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.reading import Reading
from backend.model.site import Place, Site
from tests.contract.store.shops import Shop
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
async def intake(shop: Shop, clock: FakeClock) -> AsyncGenerator[Intake]:
    async with shop.open("node", clock) as store, open_intake(store, clock) as result:
        await result.define([SITE], [METER])
        await result.declare([POINT])
        yield result


def count(first: int, minutes: range, per_minute: int = 2) -> list[Reading]:
    return [Reading(KEY, START_MS + i * MINUTE_MS, float(first + per_minute * i)) for i in minutes]


def identified(replaced: bool) -> Event:
    return Event(SWAP - 1000, EventKind.DEVICE_IDENTIFIED, "s/m", {"serial": "B", "replaced": replaced})


async def energy_wh(shop: Shop) -> float:
    day = datetime.fromtimestamp(START_MS / 1000, UTC).date()
    async with shop.reader() as reader:
        return (await reader.energy_by_day([KEY], day, day))[KEY][day]


async def swap(shop: Shop, clock: FakeClock, replaced: bool = True) -> None:
    """A meter that stands near 1,000 is replaced by one that stands near 90,000."""
    async with intake(shop, clock) as sink:
        await sink.accept(Delivery(count(1000, range(30)), urgent=True))
        await sink.accept(Delivery(count(90_000, range(30, 60)), events=(identified(replaced),), urgent=True))


async def seal(shop: Shop, clock: FakeClock) -> None:
    """Let hours pass, and fold all there is."""
    clock.advance(3 * 3600)
    async with shop.open("node", clock) as store:
        while await store.fold():
            pass


async def found(shop: Shop) -> list[EventKind]:
    async with shop.reader() as reader:
        return [event.kind for event in await reader.events(0, START_MS + 100 * HOUR_MS, KEY)]


async def test_the_open_hour_knows_of_a_replacement(shop: Shop) -> None:
    clock = FakeClock(START_MS + HOUR_MS - 1)
    await swap(shop, clock)
    assert await energy_wh(shop) == 58 + 58


async def test_the_sealed_hour_knows_of_a_replacement_and_says_so_once(shop: Shop) -> None:
    clock = FakeClock(START_MS + HOUR_MS - 1)
    await swap(shop, clock)
    await seal(shop, clock)
    assert await energy_wh(shop) == 58 + 58
    assert await found(shop) == [EventKind.COUNTER_REPLACED]
    await seal(shop, clock)
    assert await found(shop) == [EventKind.COUNTER_REPLACED]


async def test_another_plate_of_the_same_meter_is_no_replacement(shop: Shop) -> None:
    clock = FakeClock(START_MS + HOUR_MS - 1)
    await swap(shop, clock, replaced=False)
    assert await energy_wh(shop) > 80_000
