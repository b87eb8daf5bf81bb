"""What tests of the OCPP driver share: a central system on loopback and a bare charger to talk to it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.ocpp.recall import Memory
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import ConnectorPlate, Device, DeviceKind, Security
from backend.settings.node import OcppListener, TlsFiles
from tests.support.clock import FakeClock


def charger(identity: str = "CP-01", security: Security | None = Security.NONE, connectors: int = 2) -> Device:
    """A registered charger."""
    plates = tuple(ConnectorPlate(number) for number in range(1, connectors + 1))
    key, names, address = f"hall/{identity}", {"en": identity}, f"ocpp://{identity}"
    return Device(key, "hall", DeviceKind.CHARGER, names, address, connectors=plates, security=security)


@asynccontextmanager
async def serving(
    sink: Sink,
    devices: Sequence[Device] | None = None,
    *,
    clock: Clock | None = None,
    memory: Memory | None = None,
    secret: Callable[[str], str | None] = lambda key: None,
    tls: TlsFiles | None = None,
    heartbeat_s: int = 60,
    settle_s: float = 3600.0,
    welcome: Callable[[str], bool] = lambda tag: True,
) -> AsyncGenerator[str]:
    """A central system on a free port; gives the address that chargers put their identity behind."""
    system = CentralSystem(
        OcppListener("127.0.0.1", 0, tls, heartbeat_s), memory, welcome=welcome, settle_s=settle_s, tick_s=0.01
    )
    async with system.serve(devices or [charger()], sink, clock or FakeClock(), secret):
        yield f"{'ws' if tls is None else 'wss'}://127.0.0.1:{system.port}/ocpp"


class Bare:
    """A charger's end of a socket, for sending anything at all."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._count = 0

    async def raw(self, frame: str | bytes) -> None:
        await self.socket.send(frame, text=True)

    async def receive(self) -> list[Any]:
        async with asyncio.timeout(5):
            return json.loads(await self.socket.recv())

    async def ask(self, action: str, payload: Any) -> list[Any]:
        """The frame that answers; calls of the central system on the way are refused."""
        self._count += 1
        await self.raw(json.dumps([2, f"m{self._count}", action, payload]))
        return await self.answer(f"m{self._count}")

    async def answer(self, message_id: object) -> list[Any]:
        while True:
            frame = await self.receive()
            if frame[0] == 2:
                await self.raw(json.dumps([4, frame[1], "NotSupported", "", {}]))
            elif frame[1] == message_id:
                return frame


@asynccontextmanager
async def calling(url: str, identity: str = "CP-01", **options: Any) -> AsyncGenerator[Bare]:
    """A bare charger that connects."""
    options.setdefault("subprotocols", ["ocpp1.6"])
    async with connect(f"{url}/{identity}", ping_interval=None, close_timeout=0.5, proxy=None, **options) as socket:
        yield Bare(socket)


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition to come true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- any condition at all, also of things that know no event
            await asyncio.sleep(0.005)
