"""HTTP push over a real socket."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest

from backend.drivers.push.driver import PushDriver
from backend.model.delivery import Delivery, StorageError
from backend.model.device import Device, DeviceKind
from backend.model.event import EventKind
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.quality import Flag, Quality
from backend.model.quantities import GRID_POWER
from backend.settings.node import PushListener
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

AT_MS = 1_795_401_719_000
METER = Device(
    "hall/m", "hall", DeviceKind.METER, {}, "push://meter", points=(GRID_POWER,),
    mapping=Mapping((Source("grid_power", "p", 1000.0),), TimeField("t"), "sn"),
)  # fmt: skip
KEYLESS = Device("hall/k", "hall", DeviceKind.METER, {}, "push://keyless", points=(GRID_POWER,), mapping=METER.mapping)
KEY = {"Authorization": "Bearer the-key-of-the-meter"}
GOOD = {"p": 1.5, "t": "2026-11-23T02:41:59Z", "sn": "A1"}


class _Sink(RecordingSink):
    full = False

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        if not self.full:
            return super().accept(delivery)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(StorageError("full"))
        return future

    @property
    def told(self) -> list[tuple[int, float | None, Quality, Flag]]:
        return [(r.at_ms, r.value, r.quality, r.flags) for r in self.readings if r.point == "hall/m/grid_power"]


@pytest.fixture
def sink() -> _Sink:
    return _Sink()


@pytest.fixture
async def client(sink: _Sink) -> AsyncGenerator[httpx.AsyncClient]:
    driver = PushDriver(PushListener("127.0.0.1", 0))
    secrets = {"hall/m": "the-key-of-the-meter"}
    async with driver.serve([METER, KEYLESS], sink, FakeClock(), secrets.get), httpx.AsyncClient(trust_env=False) as client:
        client.base_url = f"http://127.0.0.1:{driver.port}/v1/push"
        yield client


async def test_a_post_is_answered_once_it_is_on_disk(client: httpx.AsyncClient, sink: _Sink) -> None:
    answer = await client.post("/meter", json=GOOD, headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"readings": 1})
    assert sink.told == [(AT_MS, 1500.0, Quality.GOOD, Flag.NONE)]
    kinds = [event.kind for event in sink.events]
    assert kinds == [EventKind.DEVICE_IDENTIFIED, EventKind.DEVICE_CONNECTED]


async def test_repeats_are_harmless(client: httpx.AsyncClient, sink: _Sink) -> None:
    for _ in range(3):
        assert (await client.post("/meter", json=GOOD, headers=KEY)).status_code == 200
    numbered = {**KEY, "Idempotency-Key": "7"}
    for value in (2, 3):
        assert (await client.post("/meter", json={"p": value}, headers=numbered)).status_code == 200
    assert [value for _, value, _, _ in sink.told] == [1500.0, 2000.0]


@pytest.mark.parametrize(
    ("name", "headers", "reason"),
    [
        ("meter", {}, "password"),
        ("meter", {"Authorization": "Bearer another"}, "password"),
        ("meter", {"Authorization": "Basic the-key-of-the-meter"}, "password"),
        ("keyless", {"Authorization": "Bearer"}, "password"),
        ("keyless", KEY, "password"),
        ("stranger", KEY, "unknown"),
    ],
)
async def test_who_has_no_key_learns_nothing_and_is_remembered(
    client: httpx.AsyncClient, sink: _Sink, name: str, headers: dict[str, str], reason: str
) -> None:
    answer = await client.post(f"/{name}", json=GOOD, headers=headers)
    assert answer.status_code == 401
    assert name not in answer.text
    assert sink.readings == []
    assert [(event.kind, event.data["reason"]) for event in sink.events] == [(EventKind.DEVICE_REFUSED, reason)]


async def test_a_full_disk_is_told_and_nothing_is_taken_for_known(client: httpx.AsyncClient, sink: _Sink) -> None:
    sink.full = True
    answer = await client.post("/meter", json=GOOD, headers=KEY)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    sink.full = False
    assert (await client.post("/meter", json=GOOD, headers=KEY)).status_code == 200
    assert len(sink.told) == 1


async def test_floods_are_slowed_down(client: httpx.AsyncClient) -> None:
    statuses = [(await client.post("/meter", json=GOOD, headers=KEY)).status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    strangers = [(await client.post("/x", json=GOOD)).status_code for _ in range(21)]
    assert strangers == [401] * 20 + [429]
    assert (await client.post("/meter", content=b"x" * 300_000, headers=KEY)).status_code == 429


async def test_what_is_too_long_or_no_json_is_refused(client: httpx.AsyncClient, sink: _Sink) -> None:
    assert (await client.post("/meter", content=b"x" * 300_000, headers=KEY)).status_code == 413
    assert (await client.post("/meter", content=b"{", headers=KEY)).status_code == 422
    assert (await client.get("/meter", headers=KEY)).status_code == 405
    assert [event.kind for event in sink.events] == [EventKind.MALFORMED]
