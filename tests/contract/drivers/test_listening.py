"""The suite that every listening driver passes: callers that vanish, stall, babble, are unknown, and come back."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from backend.drivers.contract import DeviceUnreachable
from backend.drivers.index import LISTENING
from backend.model.event import EventKind
from tests.contract.drivers.callers import CALLERS, Call, Caller
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

SLACK_S = 0.5


@pytest.fixture(params=CALLERS, ids=lambda caller: caller.scheme)
async def caller(request: pytest.FixtureRequest) -> AsyncGenerator[Caller]:
    caller: Caller = request.param()
    if caller.missing:
        pytest.skip(caller.missing)
    async with caller.surroundings():
        yield caller


@asynccontextmanager
async def serving(caller: Caller, sink: RecordingSink, port: int = 0) -> AsyncGenerator[int]:
    """The driver at work; fails where ending takes more than a second or leaves a task behind."""
    others = asyncio.all_tasks()
    driver, caller.sink = caller.driver(port), sink
    began = 0.0
    async with driver.serve([caller.device], sink, FakeClock(), caller.secret):
        yield caller.port(driver)
        began = time.monotonic()
    assert time.monotonic() - began < 1 + SLACK_S
    async with asyncio.timeout(1):
        while asyncio.all_tasks() - others - {asyncio.current_task()}:  # noqa: ASYNC110 - tasks that end set no event
            await asyncio.sleep(0)


async def report_and_go(call: Call) -> None:
    """Say something; whatever becomes of it, the line is let go."""
    try:
        await call.report()
    finally:
        await call.vanish()


async def test_every_driver_of_the_index_has_a_caller() -> None:
    assert set(LISTENING) <= {caller.scheme for caller in CALLERS}


async def test_what_a_device_says_arrives_before_it_is_acknowledged(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        call = await caller.call(port)
        before = len(sink.deliveries)
        await call.report()
        fresh = sink.deliveries[before:]
        assert any(delivery.readings or delivery.states for delivery in fresh)
        declared = set(sink.points)
        assert {reading.point for reading in sink.readings} <= declared
        assert all((reading.value is None) == reading.quality.is_bad for reading in sink.readings)
        await call.vanish()


async def test_strangers_are_refused_and_remembered(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        with pytest.raises(Exception, match=r".*"):
            await report_and_go(await caller.call(port, known=False))
        assert [event.kind for event in sink.events] == [EventKind.DEVICE_REFUSED]
        assert sink.readings == []


async def test_nonsense_drops_neither_the_line_nor_the_others(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        call = await caller.call(port)
        await call.babble()
        await call.report()
        await call.vanish()


async def test_a_device_that_vanished_comes_back(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        for _ in range(3):
            call = await caller.call(port)
            await call.report()
            await call.vanish()
        call = await caller.call(port)
        await call.report()
        await call.vanish()


async def test_we_come_back_after_a_restart(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        await report_and_go(await caller.call(port))
    async with serving(caller, sink, port) as again:
        assert again == port
        call = await caller.call(port)
        await call.report()
        await call.vanish()


async def test_a_caller_that_stalls_holds_up_nobody(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        _, stalled = await asyncio.open_connection("127.0.0.1", port)
        stalled.write(b"GET /")
        call = await caller.call(port)
        await call.report()
        await call.vanish()
        stalled.transport.abort()
    await asyncio.sleep(0)


async def test_shutdown_with_callers_of_every_kind_on_the_line(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        _, stalled = await asyncio.open_connection("127.0.0.1", port)
        call = await caller.call(port)
        await call.report()
    await call.vanish()
    stalled.transport.abort()
    await asyncio.sleep(0)


async def test_a_port_that_is_taken_is_told_as_such(caller: Caller) -> None:
    sink = RecordingSink()
    async with serving(caller, sink) as port:
        with pytest.raises(DeviceUnreachable):
            async with caller.driver(caller.unusable(port)).serve([caller.device], sink, FakeClock(), caller.secret):
                pass
