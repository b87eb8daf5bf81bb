"""A session with the broker ends when nobody wants it any more."""

import asyncio

import pytest

from backend.drivers.broker import Courier, Line
from backend.settings.node import MqttBroker
from tests.support.broker import broker_folder, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


async def nothing(*_: object) -> None:
    """Nothing comes in this test."""


async def test_a_cancellation_that_the_library_forgets_ends_the_session_all_the_same() -> None:
    """As ``asyncio.wait_for`` of Python 3.11 does when the answer comes at that moment."""
    greeted = asyncio.Event()

    async def forgetful(line: Line) -> None:
        greeted.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    with broker_folder() as broker:
        await broker.start()
        courier = Courier(MqttBroker("127.0.0.1", broker.port), "test", None, ["a/#"], nothing, lambda why: None, forgetful)
        async with asyncio.timeout(10), courier.running():
            await greeted.wait()
