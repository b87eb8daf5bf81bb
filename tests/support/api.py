"""The API over a small cache, on a real socket, and clients of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.api.tokens import Scope, TokenFile, token_file
from backend.api.v1.server import serving
from backend.model.clock import SystemClock
from backend.settings import ApiListener
from tests.support.node_process import free_ports
from tests.support.small_cache import Writer, small_cache
from tests.support.until import until


@dataclass
class Api:
    """What a test needs of it."""

    url: str
    writer: Writer
    tokens: TokenFile

    def word(self, *scopes: Scope) -> str:
        """A new token with these scopes."""
        return self.tokens.create("test", scopes, SystemClock().now_ms(), 1)[1]

    def client(self, *scopes: Scope) -> httpx.AsyncClient:
        """Somebody with a token of these scopes."""
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {self.word(*scopes)}"}, trust_env=False)

    def stranger(self) -> httpx.AsyncClient:
        """Somebody without a token."""
        return httpx.AsyncClient(base_url=self.url, trust_env=False)


@asynccontextmanager
async def running_api(folder: Path, per_second: float = 20.0) -> AsyncGenerator[Api]:
    """The API while the context is open."""
    cache = folder / "node.enemado"
    (port,) = free_ports(1)
    async with small_cache(cache) as writer, serving(ApiListener(port=port, per_second=per_second), cache):
        api = Api(f"http://127.0.0.1:{port}", writer, token_file(cache))
        await until(lambda: _answers(api))
        yield api


async def _answers(api: Api) -> bool:
    async with api.stranger() as client:
        try:
            return (await client.get("/openapi.json")).status_code == 200
        except httpx.ConnectError:
            return False
