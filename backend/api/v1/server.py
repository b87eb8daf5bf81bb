"""Serves the API from inside a node, with a reader of its own, so that long questions delay nobody else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.api.tokens import token_file
from backend.api.v1.application import create_application
from backend.api.v1.follower import Follower
from backend.api.v1.service import Service
from backend.http.server import Persistent, Server, bind, configure
from backend.model.gateway import GatewayDesk
from backend.settings import ApiListener
from backend.store.reader import open_reader

_MOST_CONNECTIONS = 500


def api_server(
    listener: ApiListener,
    cache: Path,
    place: Path | str | None = None,
    desk: GatewayDesk | None = None,
    try_again_s: float = 10.0,
) -> Persistent:
    """The API of one node; ``desk`` takes what gateways send."""
    return Persistent(lambda: serving(listener, cache, place, desk), "the API", try_again_s)


@asynccontextmanager
async def serving(
    listener: ApiListener, cache: Path, place: Path | str | None = None, desk: GatewayDesk | None = None
) -> AsyncGenerator[asyncio.Task[None]]:
    """The API while the context is open; the task is its server. Tokens lie beside the cache, wherever the data are.

    Raises ``OSError`` where port or certificate cannot be had.
    """
    tls = listener.tls
    async with open_reader(place or cache) as reader:
        follower = Follower(reader)
        service = Service(reader, token_file(cache), follower, desk, per_second=listener.per_second)
        files = (tls.certificate, tls.key) if tls else (None, None)
        config = configure(create_application(service), _MOST_CONNECTIONS, *files)
        with bind(listener.host, listener.port) as door:
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(follower.run(), name="api follower")
                server = Server(config)
                running = tasks.create_task(server.serve([door]), name="api server")
                try:
                    yield running
                finally:
                    await follower.end()
                    server.should_exit = True
                    await asyncio.wait([running])
                    following.cancel()
