"""How much may be on its way into the store at once; who comes beyond that comes again."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from backend.http.problems import Problem
from backend.sync.door import body_of
from backend.wire.parcel import LARGEST_BYTES

_RETRY = {"Retry-After": "2"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of memory and patience."""

    open_bytes: int = 24 * 1024 * 1024
    """Bodies of requests that are not answered yet."""
    unfolded: int = 400_000
    """Readings that may wait for the fold: each takes some 30 bytes of memory."""
    patience_s: float = 5.0
    """How long a request waits for the fold before it is sent away."""


class Admission:
    """Counts what is under way; a slow or greedy caller takes no room from others for ever."""

    def __init__(self, unfolded: Callable[[], Awaitable[int]], bounds: Bounds | None = None) -> None:
        self._unfolded = unfolded
        self._bounds = bounds or Bounds()
        self._open_bytes = 0

    @contextlib.asynccontextmanager
    async def body(self, request: Request) -> AsyncGenerator[bytes]:
        """The whole body, and room for it until the context ends. Raises ``Problem``."""
        size = _announced(request)
        if self._open_bytes and self._open_bytes + size > self._bounds.open_bytes:
            raise Problem(503, "busy", "Too much is under way.", _RETRY)
        self._open_bytes += size
        try:
            await self._fold_has_room()
            yield await body_of(request, size)
        finally:
            self._open_bytes -= size

    async def _fold_has_room(self) -> None:
        for _ in range(round(self._bounds.patience_s * 10)):
            if await self._unfolded() <= self._bounds.unfolded:
                return
            await asyncio.sleep(0.1)
        raise Problem(503, "busy", "Too much waits to be folded.", _RETRY)


def _announced(request: Request) -> int:
    """Bytes that the body has; the most that it may have where the caller does not say. Raises ``Problem``."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "encoding", "A parcel is compressed already; send it as it is.")
    said = request.headers.get("content-length")
    size = int(said) if said is not None and said.isascii() and said.isdigit() else LARGEST_BYTES
    if size > LARGEST_BYTES:
        raise Problem(413, "too_large", f"A parcel has {LARGEST_BYTES} bytes at most.")
    return size
