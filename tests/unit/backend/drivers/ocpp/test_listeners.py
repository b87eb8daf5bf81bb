"""A listener that is given up while it opens leaves its port to others, whenever that happens."""

import asyncio
import socket

import pytest

from backend.drivers.ocpp.central import CentralSystem
from backend.settings.node import OcppListener
from tests.support.charge_point import charger
from tests.support.clock import FakeClock
from tests.support.node_process import free_ports
from tests.support.sink import RecordingSink


async def serve_for_ever(port: int) -> None:
    async with CentralSystem(OcppListener("127.0.0.1", port)).serve([charger()], RecordingSink(), FakeClock(), lambda key: None):
        await asyncio.Event().wait()


@pytest.mark.parametrize("turns", range(12))
async def test_whenever_it_is_cancelled_the_port_is_free_again(turns: int) -> None:
    (port,) = free_ports(1)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_for_ever(port), name="serving")
        for _ in range(turns):
            await asyncio.sleep(0)
        serving.cancel()
    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.bind(("127.0.0.1", port))
        another.listen()
