"""The door for children and viewers: HTTPS on a port of its own, where a caller may show the certificate of a node."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.http.problems import Problem, answer, handle_problems
from backend.http.server import Persistent, Server, bind, configure
from backend.identity.authority import Authority
from backend.identity.gate import Gate
from backend.model.clock import Clock
from backend.settings import IngestListener
from backend.sync.audit import Audit
from backend.sync.callers import Callers
from backend.sync.porch import Porch, ShowingProtocol

_MOST_CONNECTIONS = 4096
_BACKLOG = 512
_BODY_S = 120.0
_REFRESH_S = 10.0
_METHODS = ("GET", "POST")


def door(listener: IngestListener, cache: Path, routes: Sequence[BaseRoute], clock: Clock, audit: Audit) -> Persistent:
    """Serve these routes for as long as it runs. Handlers ask ``caller_of`` and ``body_of``."""
    return Persistent(lambda: serving(listener, cache, routes, clock, audit), "the door for other nodes")


@asynccontextmanager
async def serving(
    listener: IngestListener, cache: Path, routes: Sequence[BaseRoute], clock: Clock, audit: Audit
) -> AsyncGenerator[asyncio.Task[None]]:
    """The routes while the context is open; the task is their server. Raises ``OSError`` without port or certificate."""
    authority = Authority(listener.authority)
    gate = Gate(authority, listener.names, cache, clock)
    await asyncio.to_thread(gate.refresh)
    server = Server(
        configure(_application(routes, Callers(authority, clock, audit)), _MOST_CONNECTIONS, protocol=ShowingProtocol)
    )
    with bind(listener.host, listener.port) as bound:
        bound.setblocking(False)
        bound.listen(_BACKLOG)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(server.serve([]), name="door server")
            porch = tasks.create_task(Porch(bound, gate, server, audit).run(), name="door porch")
            keeping = tasks.create_task(_keep(gate, audit), name="door keeper")
            try:
                yield running
            finally:
                porch.cancel()
                keeping.cancel()
                server.should_exit = True
                await asyncio.wait([running])
                audit.close()


async def body_of(request: Request, most_bytes: int) -> bytes:
    """The whole body. Raises ``Problem`` (413, 408) before more than that is in memory, or where it does not come."""
    too_large = Problem(413, "too_large", f"A body here has {most_bytes} bytes at most.")
    if int(request.headers.get("content-length", 0)) > most_bytes:
        raise too_large
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(_BODY_S):
            async for part in request.stream():
                parts.append(part)
                most_bytes -= len(part)
                if most_bytes < 0:
                    raise too_large
    except TimeoutError as error:
        raise Problem(408, "too_slow", "The body did not come in time.") from error
    return b"".join(parts)


async def _keep(gate: Gate, audit: Audit) -> None:
    while True:
        await asyncio.sleep(_REFRESH_S)
        await asyncio.to_thread(gate.refresh)
        audit.settle()


class _KnownMethods:
    """Refuses TRACE and whatever else nobody here needs, before anything is looked up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = scope["type"] != "http" or scope["method"] in _METHODS
        refusal = answer(Problem(405, "method_not_allowed", "Only GET and POST.", {"Allow": ", ".join(_METHODS)}))
        await (self._app if known else refusal)(scope, receive, send)


def _application(routes: Sequence[BaseRoute], callers: Callers) -> Starlette:
    application = Starlette(routes=routes, middleware=[Middleware(_KnownMethods)])
    application.router.redirect_slashes = False
    application.state.callers = callers
    handle_problems(application)
    return application
