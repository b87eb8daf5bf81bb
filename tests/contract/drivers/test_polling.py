"""The suite that every polling driver passes: lost, slow and insane devices, restarts, replacement and shutdown."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

import pytest

from backend.drivers.contract import DeviceError, DeviceMisconfigured, DeviceUnreachable, PollingDriver
from backend.drivers.index import POLLING
from backend.model.device import Device
from tests.contract.drivers.peers import PEERS, Mood, Peer
from tests.support.clock import FakeClock

T = TypeVar("T")
SLACK_S = 0.5
"""A loaded machine may wake us this late."""


@pytest.fixture(params=PEERS, ids=lambda peer: peer.scheme)
async def peer(request: pytest.FixtureRequest) -> AsyncGenerator[Peer]:
    peer: Peer = request.param()
    await peer.start()
    yield peer
    await until(lambda: peer.connected == 0)
    await peer.stop()


@pytest.fixture
def driver(peer: Peer) -> PollingDriver:
    return peer.driver()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0)


def test_every_driver_of_the_index_has_a_peer() -> None:
    assert set(POLLING) <= {peer.scheme for peer in PEERS}


async def test_a_poll_reports_declared_points_at_the_clock(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    session = await driver.open(peer.device, clock)
    declared = {point.key for point in session.points}
    clock.advance(7)
    report = await session.poll()
    assert report.readings
    assert {reading.point for reading in report.readings} <= declared
    assert {reading.at_ms for reading in report.readings} == {clock.now_ms()}
    assert all((reading.value is None) == reading.quality.is_bad for reading in report.readings)
    assert session.plate.serial == "A1"
    assert len(declared) == len(session.points)
    await session.close()


async def test_a_device_missing_at_start_is_unreachable(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    await peer.stop()
    with pytest.raises(DeviceUnreachable):
        await within(peer.open_limit_s, driver.open(peer.device, clock))
    await peer.start()
    session = await driver.open(peer.device, clock)
    await session.close()


async def test_a_lost_device_is_unreachable_and_comes_back(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    session = await driver.open(peer.device, clock)
    await session.poll()
    await peer.stop()
    with pytest.raises(DeviceUnreachable):
        await within(peer.poll_limit_s, session.poll())
    await within(1, session.close())
    await peer.start()
    session = await driver.open(peer.device, clock)
    assert (await session.poll()).readings
    await session.close()


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.HANGS_UP])
async def test_a_device_that_stops_answering_is_unreachable(
    peer: Peer, driver: PollingDriver, clock: FakeClock, mood: Mood
) -> None:
    session = await driver.open(peer.device, clock)
    peer.feel(mood)
    with pytest.raises(DeviceUnreachable):
        await within(peer.poll_limit_s, session.poll())
    await within(1, session.close())


async def test_a_device_that_never_answers_cannot_be_opened(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    peer.feel(Mood.SILENT)
    with pytest.raises(DeviceUnreachable):
        await within(peer.open_limit_s, driver.open(peer.device, clock))


async def test_garbage_is_a_device_error_and_hurts_nothing(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    for _ in range(25):
        session = await driver.open(peer.device, clock)
        peer.feel(Mood.GARBAGE)
        with pytest.raises(DeviceError):
            await within(peer.poll_limit_s, session.poll())
        await session.close()
        with pytest.raises(DeviceError):
            await within(peer.open_limit_s, driver.open(peer.device, clock))
        peer.feel(Mood.WELL)
    session = await driver.open(peer.device, clock)
    assert (await session.poll()).readings
    await session.close()


async def test_a_restarted_device_is_read_again(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    session = await driver.open(peer.device, clock)
    await session.poll()
    await peer.stop()
    await peer.start()
    try:
        report = await session.poll()
    except DeviceUnreachable:
        await session.close()
        session = await driver.open(peer.device, clock)
        report = await session.poll()
    assert report.readings
    await session.close()


async def test_a_replaced_device_shows_its_own_serial(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    session = await driver.open(peer.device, clock)
    await session.close()
    peer.replace_device("B2")
    session = await driver.open(peer.device, clock)
    assert session.plate.serial == "B2"
    await session.close()


@pytest.mark.parametrize("mood", list(Mood))
async def test_closing_takes_less_than_a_second(peer: Peer, driver: PollingDriver, clock: FakeClock, mood: Mood) -> None:
    session = await driver.open(peer.device, clock)
    peer.feel(mood)
    await within(1, session.close())
    await within(1, session.close())


async def test_cancelling_leaves_nothing_behind(peer: Peer, driver: PollingDriver, clock: FakeClock) -> None:
    session = await driver.open(peer.device, clock)
    peer.feel(Mood.SILENT)
    others = asyncio.all_tasks()
    async with asyncio.TaskGroup() as group:
        polling = group.create_task(session.poll(), name="polling")
        opening = group.create_task(driver.open(peer.device, clock), name="opening")
        await until(lambda: peer.connected == 2)
        polling.cancel()
        opening.cancel()
    await within(1, session.close())
    await until(lambda: peer.connected == 0)
    assert asyncio.all_tasks() == others


async def test_an_address_of_another_form_is_a_mistake_of_the_settings(driver: PollingDriver, clock: FakeClock) -> None:
    with pytest.raises(DeviceMisconfigured):
        await driver.open(Device("a/b", "a", next(iter(PEERS))().device.kind, {}, "sunspec:what"), clock)


async def within(limit_s: float, awaited: Awaitable[T]) -> T:
    """Await something that must be done, or must have failed, in time."""
    began = time.monotonic()
    try:
        return await awaited
    finally:
        assert time.monotonic() - began < limit_s + SLACK_S
