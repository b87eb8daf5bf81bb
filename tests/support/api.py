"""The API over a small cache, on a real socket, and clients of it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.api.tokens import Scope, TokenFile, token_file
from backend.api.v1.server import serving
from backend.collector.gateways import Gateways
from backend.intake import open_intake
from backend.model.clock import SystemClock
from backend.model.device import Device, DeviceKind
from backend.model.point import PointKind, PointSpec, Unit
from backend.settings import ApiListener
from backend.store.reader import open_reader
from tests.support.node_process import free_ports
from tests.support.small_cache import CHARGER, INVERTER, SITE, Writer, small_cache
from tests.support.until import until


@dataclass
class Api:
    """What a test needs of it."""

    url: str
    writer: Writer
    tokens: TokenFile

    def word(self, *scopes: Scope, devices: Sequence[str] = ()) -> str:
        """A new token with these scopes."""
        return self.tokens.create("test", scopes, SystemClock().now_ms(), 1, devices)[1]

    def gateway(self, *devices: str) -> httpx.AsyncClient:
        """A gateway that may speak for these devices."""
        word = self.word(Scope.WRITE, Scope.VALUES, devices=devices)
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {word}"}, trust_env=False)

    def client(self, *scopes: Scope) -> httpx.AsyncClient:
        """Somebody with a token of these scopes."""
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {self.word(*scopes)}"}, trust_env=False)

    def stranger(self) -> httpx.AsyncClient:
        """Somebody without a token."""
        return httpx.AsyncClient(base_url=self.url, trust_env=False)


METER = Device(
    "school/meter",
    "school",
    DeviceKind.METER,
    {"en": "Meter"},
    "gateway://meter",
    points=(PointSpec("power", Unit.WATT), PointSpec("energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, 0)),
)


@asynccontextmanager
async def running_api(folder: Path, per_second: float = 20.0, gateways: bool = False) -> AsyncGenerator[Api]:
    """The API while the context is open, with a desk for gateways if wanted."""
    cache = folder / "node.enemado"
    (port,) = free_ports(1)
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(small_cache(cache))
        desk = await stack.enter_async_context(_desk(writer, cache)) if gateways else None
        await stack.enter_async_context(serving(ApiListener(port=port, per_second=per_second), cache, desk=desk))
        api = Api(f"http://127.0.0.1:{port}", writer, token_file(cache))
        await until(lambda: _answers(api))
        yield api


@asynccontextmanager
async def _desk(writer: Writer, cache: Path) -> AsyncGenerator[Gateways]:
    async with open_intake(writer.store, SystemClock()) as intake, open_reader(cache) as reader:
        await intake.define([SITE], [INVERTER, CHARGER, METER])
        desk = Gateways([METER], intake, SystemClock(), reader)
        async with desk.running():
            yield desk


async def _answers(api: Api) -> bool:
    async with api.stranger() as client:
        try:
            return (await client.get("/openapi.json")).status_code == 200
        except httpx.ConnectError:
            return False
