"""A town's door, and whoever stands before it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from backend.identity.authority import Authority
from backend.model.clock import Clock, SystemClock
from backend.settings import IngestListener
from backend.sync.audit import Audit, Refusals
from backend.sync.callers import caller_of
from backend.sync.door import body_of, serving
from backend.sync.enrolment import Enrolment
from tests.support.node_process import free_ports

NOW_MS = SystemClock().now_ms()
"""TLS goes by the machine's own clock."""


@dataclass
class Town:
    """A cloud node's authority and door."""

    authority: Authority
    folder: Path
    port: int
    clock: Clock = field(default_factory=SystemClock)
    told: list[Refusals] = field(default_factory=list)
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    """In its certificate."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def listener(self) -> IngestListener:
        return IngestListener(self.names, self.authority.folder, "127.0.0.1", self.port)

    def refused(self) -> dict[str, int]:
        """How often, for each reason that was told."""
        counts: dict[str, int] = {}
        for refusals in self.told:
            counts[refusals.reason] = counts.get(refusals.reason, 0) + refusals.count
        return counts

    @asynccontextmanager
    async def open(self, *more: BaseRoute) -> AsyncGenerator[None]:
        """Its door while the context is open."""
        audit = Audit(self.clock, self.told.append)
        enrolment = Enrolment(self.authority, "town", self.clock, audit)
        routes = [Route("/who", _who), Route("/take", _take, methods=["POST"]), Route("/open", _open), *more, *enrolment.routes]
        async with serving(self.listener, self.folder / "cloud.enemado", routes, self.clock, audit):
            yield


async def _who(request: Request) -> Response:
    return Response((await caller_of(request)).node)


async def _take(request: Request) -> Response:
    return Response(str(len(await body_of(request, 1000))))


async def _open(request: Request) -> Response:
    return Response("anybody")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    authority = Authority(tmp_path / "ca")
    authority.create("Town", NOW_MS)
    return Town(authority, tmp_path, free_ports(1)[0])
