"""Batches that gateways vouch for, over a real store: kept once, whole, with a label; and silence is told."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.collector.gateways import TELL_AGAIN_S, WINDOW, Gateways
from backend.intake import Intake, open_intake
from backend.model.delivery import Delivery, StorageError
from backend.model.device import Device, DeviceKind, DeviceStatus
from backend.model.event import EventKind, EventValue
from backend.model.gateway import AttestedBatch, Taken
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag
from backend.model.reading import Reading
from backend.model.site import Place, Site
from backend.model.states import Connectivity
from backend.store.contract import Reader
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.until import until

SITE = Site("s", {"en": "S"}, Place(35.0, 139.0), "Asia/Tokyo")
SPECS = (PointSpec("power", Unit.WATT), PointSpec("voltage", Unit.VOLT))
METERS = [
    Device(f"s/m{number}", "s", DeviceKind.METER, {"en": "M"}, f"gateway://m{number}", 60.0, points=SPECS) for number in (1, 2)
]


@dataclass
class Post:
    """A desk, and what stands behind it."""

    desk: Gateways
    clock: FakeClock
    reader: Reader
    intake: Intake

    async def events(self, kind: EventKind) -> list[dict[str, EventValue]]:
        found = await self.reader.events(0, 1 << 53)
        return [event.data for event in reversed(found) if event.kind is kind]

    async def links(self) -> list[str]:
        return [status.connectivity.name for status in await self.reader.statuses()]

    async def links_are(self, expected: list[str]) -> bool:
        return await self.links() == expected

    async def refusals_are(self, expected: int) -> bool:
        return len(await self.events(EventKind.READINGS_REFUSED)) == expected


@asynccontextmanager
async def post(path: Path, clock: FakeClock) -> AsyncGenerator[Post]:
    """A desk as a node has one; opened again it knows nothing but what is on disk."""
    async with open_store(path, "node", clock) as store, open_intake(store, clock) as intake, open_reader(path) as reader:
        await intake.define([SITE], METERS)
        desk = Gateways(METERS, intake, clock, reader, tick_s=0.01)
        async with desk.running():
            yield Post(desk, clock, reader, intake)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncGenerator[Post]:
    async with post(tmp_path / "c.db", FakeClock()) as office:
        yield office


def batch(
    sequence: int, value: float = 1.0, at_ms: int = 1_795_401_700_000, points: Sequence[str] = ("s/m1/power",)
) -> AttestedBatch:
    return AttestedBatch("gw", sequence, f"digest of {value}", [Reading(point, at_ms, value) for point in points])


async def test_what_is_kept_can_be_read_and_carries_the_label(office: Post) -> None:
    assert await office.desk.take(batch(1, 5.0, points=("s/m1/power", "s/m2/voltage"))) is Taken.KEPT
    found = await office.reader.latest(["s/m1/power", "s/m2/voltage"])
    assert {key: (reading.value, reading.flags) for key, reading in found.items()} == {
        "s/m1/power": (5.0, Flag.ATTESTED),
        "s/m2/voltage": (5.0, Flag.ATTESTED),
    }
    assert await office.links() == ["CONNECTED", "CONNECTED"]
    assert await office.events(EventKind.READINGS_ATTESTED) == [{"sequence": 1, "digest": "digest of 5.0", "count": 2}]


async def test_a_repeat_changes_nothing_and_another_content_is_refused_and_recorded(office: Post) -> None:
    assert [await office.desk.take(batch(7)) for _ in range(3)] == [Taken.KEPT, Taken.KNOWN, Taken.KNOWN]
    assert await office.desk.take(batch(7, 2.0)) is Taken.CONFLICT
    await until(lambda: office.events(EventKind.READINGS_REFUSED))
    assert await office.events(EventKind.READINGS_REFUSED) == [{"reason": "conflict", "sequence": 7, "count": 1}]
    assert len(await office.events(EventKind.READINGS_ATTESTED)) == 1
    assert (await office.reader.latest(["s/m1/power"]))["s/m1/power"].value == 1.0


async def test_what_was_kept_is_known_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with post(tmp_path / "c.db", clock) as office:
        assert [await office.desk.take(batch(number)) for number in (1, 2, 5)] == [Taken.KEPT] * 3
    async with post(tmp_path / "c.db", clock) as office:
        taken = [await office.desk.take(each) for each in (batch(1), batch(5), batch(2, 9.0), batch(4), batch(6))]
        assert taken == [Taken.KNOWN, Taken.KNOWN, Taken.CONFLICT, Taken.KEPT, Taken.KEPT]


async def test_a_batch_far_behind_is_not_taken_for_nobody_knows_whether_it_was(office: Post) -> None:
    assert await office.desk.take(batch(10)) is Taken.KEPT
    assert await office.desk.take(batch(10 + WINDOW)) is Taken.KEPT
    assert await office.desk.take(batch(10)) is Taken.PASSED
    assert await office.desk.take(batch(11)) is Taken.KEPT


async def test_gateways_count_for_themselves(office: Post) -> None:
    other = AttestedBatch("other", 1, "d", [Reading("s/m1/power", 1_795_401_700_001, 3.0)])
    assert [await office.desk.take(each) for each in (batch(1), other, other)] == [Taken.KEPT, Taken.KEPT, Taken.KNOWN]


async def test_who_is_not_spoken_for_any_more_is_lost_and_comes_back(office: Post) -> None:
    await office.desk.take(batch(1, points=("s/m1/power", "s/m2/power")))
    office.clock.advance(100.0)
    await office.desk.take(batch(2, points=("s/m2/power",)))
    office.clock.advance(90.0)
    await until(lambda: office.links_are(["LOST", "CONNECTED"]))
    assert (await office.reader.latest(["s/m1/power"]))["s/m1/power"].value is None
    await office.desk.take(batch(3, at_ms=office.clock.now_ms()))
    assert await office.links() == ["CONNECTED", "CONNECTED"]
    assert [len(await office.events(kind)) for kind in (EventKind.DEVICE_LOST, EventKind.DEVICE_CONNECTED)] == [1, 3]


class FailingSink(RecordingSink):
    """Keeps nothing while ``broken``."""

    broken = True

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        if not self.broken:
            return super().accept(delivery)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(StorageError("full"))
        return future


async def test_what_could_not_be_kept_is_not_known_and_its_edge_is_told_with_the_next(office: Post) -> None:
    sink = FailingSink()
    sink.broken = False
    desk = Gateways(METERS, sink, office.clock, office.reader, tick_s=60.0)
    async with desk.running():
        sink.broken = True
        with pytest.raises(StorageError):
            await desk.take(batch(1))
        sink.broken = False
        assert await desk.take(batch(1)) is Taken.KEPT
        assert await desk.take(batch(1)) is Taken.KNOWN
    kinds = [event.kind for event in sink.events]
    assert kinds == [EventKind.READINGS_ATTESTED, EventKind.DEVICE_CONNECTED]
    states = [state for delivery in sink.deliveries for state in delivery.states]
    assert [state.connectivity for state in states if isinstance(state, DeviceStatus)] == [Connectivity.CONNECTED]


async def test_nobody_fills_the_disk_by_being_refused(office: Post) -> None:
    for number in range(1000):
        office.desk.refuse("gw", number, "device")
    await until(lambda: office.events(EventKind.READINGS_REFUSED))
    assert [data["count"] for data in await office.events(EventKind.READINGS_REFUSED)] == [1]
    office.clock.advance(TELL_AGAIN_S)
    await until(lambda: office.refusals_are(2))
    assert [data["count"] for data in await office.events(EventKind.READINGS_REFUSED)] == [1, 999]
