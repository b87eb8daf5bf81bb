"""Serves an application from inside a node: signals are the node's, a port that is taken or lost is tried again and told once."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette

from backend.http.bounds import BoundedProtocol
from backend.model.delivery import StorageError

_log = structlog.get_logger(__name__)
_GRACE_S = 3


class Persistent:
    """Serves for as long as it runs, again and again where it cannot."""

    def __init__(
        self, serving: Callable[[], AbstractAsyncContextManager["asyncio.Task[None]"]], who: str, try_again_s: float = 10.0
    ) -> None:
        """``serving`` gives the task of its server and raises ``OSError`` or ``StorageError`` where there can be none."""
        self._serving, self._who, self._try_again_s = serving, who, try_again_s
        self.trouble = ""
        """Why nobody can ask at the moment; empty while they can."""

    async def run(self) -> None:
        """Serve until cancelled, and let open questions be answered then."""
        while True:
            try:
                async with self._serving() as server:
                    if self.trouble:
                        _log.info("answers again", who=self._who)
                    self.trouble = ""
                    await asyncio.wait([server])
            except (OSError, StorageError) as error:
                if not self.trouble:
                    _log.error("cannot answer", who=self._who, why=str(error))
                self.trouble = str(error)
            await asyncio.sleep(self._try_again_s)


class Server(uvicorn.Server):
    """Leaves the signals to the node."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def configure(
    application: Starlette,
    most_connections: int,
    certificate: Path | None = None,
    key: Path | None = None,
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> uvicorn.Config:
    """As all our listeners are. Raises ``OSError`` where the certificate cannot be had."""
    config = uvicorn.Config(
        application,
        http=protocol,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=most_connections,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=certificate,
        ssl_keyfile=str(key) if key else None,
    )
    config.load()
    return config


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen on. Raises ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it each answer takes 40 ms more.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
    except OSError:
        door.close()
        raise
    return door
