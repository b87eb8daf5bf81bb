"""A pseudo device that answers GET with JSON, with faults on demand."""

import asyncio
import hashlib
import json
import ssl
from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import Final

_LONGEST: Final = 8192


class WebFault(StrEnum):
    """What goes wrong."""

    NONE = "none"
    SILENT = "silent"
    GARBAGE = "garbage"
    HANGS_UP = "hangs_up"


class WebDevice:
    """Serves one document, whatever is asked for."""

    def __init__(self, document: Callable[[], object], port: int = 0, trust: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.fault = WebFault.NONE
        self.answered: list[int] = []
        """Status of every answer."""
        self.redirect = ""
        """Where it sends whoever asks; empty for nowhere."""
        self._document, self._trust = document, trust
        self._chance = Random(1)
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Transport] = set()

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._lines)

    async def __aenter__(self) -> "WebDevice":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self, self._lines), "127.0.0.1", self.port, ssl=self._trust)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Vanish: no listener, no connections."""
        if self._server is not None:
            self._server.close()
        for line in tuple(self._lines):
            line.abort()
        await asyncio.sleep(0)

    def answer(self, request: bytes) -> bytes | None:
        """What goes back; None to hang up, nothing to be silent."""
        match self.fault:
            case WebFault.SILENT:
                return b""
            case WebFault.HANGS_UP:
                return None
            case WebFault.GARBAGE:
                return self._chance.randbytes(self._chance.randint(1, 3000)) + b"\r\n\r\n"
            case WebFault.NONE:
                return self._good(request)

    def _good(self, request: bytes) -> bytes:
        if self.redirect:
            return self._response(302, f"Location: {self.redirect}\r\n", b"")
        body = json.dumps(self._document()).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if f"If-None-Match: {tag}".encode() in request:
            return self._response(304, f"ETag: {tag}\r\n", b"")
        return self._response(200, f"ETag: {tag}\r\nContent-Type: application/json\r\n", body)

    def _response(self, status: int, headers: str, body: bytes) -> bytes:
        self.answered.append(status)
        return f"HTTP/1.1 {status} Pseudo\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Line(asyncio.Protocol):
    def __init__(self, device: WebDevice, lines: set[asyncio.Transport]) -> None:
        self._device, self._lines, self._heard = device, lines, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._lines.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lines.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._heard = (self._heard + data)[-_LONGEST:]
        while b"\r\n\r\n" in self._heard:
            request, _, self._heard = self._heard.partition(b"\r\n\r\n")
            answer = self._device.answer(request)
            if answer is None:
                self._transport.abort()
                return
            self._transport.write(answer)
