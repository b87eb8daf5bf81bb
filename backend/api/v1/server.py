"""Serves the application from inside a node: a port that is taken or lost is tried again and told once."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvicorn

from backend.api.tokens import token_file
from backend.api.v1.application import create_application
from backend.api.v1.follower import Follower
from backend.api.v1.service import Service
from backend.model.delivery import StorageError
from backend.settings import ApiListener
from backend.store.reader import open_reader

_log = structlog.get_logger(__name__)
_MOST_CONNECTIONS = 500


class ApiServer:
    """The API of one node. It reads the cache with a reader of its own, so that long questions delay nobody else."""

    def __init__(self, listener: ApiListener, cache: Path, place: Path | str | None = None, try_again_s: float = 10.0) -> None:
        self._listener, self._cache, self._place, self._try_again_s = listener, cache, place or cache, try_again_s
        self.trouble = ""
        """Why nobody can ask at the moment; empty while they can."""

    async def run(self) -> None:
        """Serve until cancelled, and let open questions be answered then."""
        while True:
            try:
                async with serving(self._listener, self._cache, self._place) as server:
                    if self.trouble:
                        _log.info("the API answers again")
                    self.trouble = ""
                    await asyncio.wait([server])
            except (OSError, StorageError) as error:
                if not self.trouble:
                    _log.error("the API cannot answer", why=str(error))
                self.trouble = str(error)
            await asyncio.sleep(self._try_again_s)


@asynccontextmanager
async def serving(listener: ApiListener, cache: Path, place: Path | str | None = None) -> AsyncGenerator[asyncio.Task[None]]:
    """The API while the context is open; the task is its server. Tokens lie beside the cache, wherever the data are.

    Raises ``OSError`` where port or certificate cannot be had.
    """
    async with open_reader(place or cache) as reader:
        follower = Follower(reader)
        config = _config(listener, Service(reader, token_file(cache), follower, per_second=listener.per_second))
        with _bound(listener) as door:
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(follower.run(), name="api follower")
                server = _Server(config)
                running = tasks.create_task(server.serve([door]), name="api server")
                try:
                    yield running
                finally:
                    await follower.end()
                    server.should_exit = True
                    await asyncio.wait([running])
                    following.cancel()


def _config(listener: ApiListener, service: Service) -> uvicorn.Config:
    tls = listener.tls
    config = uvicorn.Config(
        create_application(service),
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
    )
    config.load()
    return config


def _bound(listener: ApiListener) -> socket.socket:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms more.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((listener.host, listener.port))
    except OSError:
        door.close()
        raise
    return door


class _Server(uvicorn.Server):
    """Leaves the signals to the node."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
