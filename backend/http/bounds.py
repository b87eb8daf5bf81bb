"""What is taken of a caller before anybody is asked: so many bytes of headers, in so long, from so many at once."""

import asyncio
from typing import Any

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_log = structlog.get_logger(__name__)
_HEADERS_S = 20.0
"""A request whose headers are not complete by then is nobody's."""
_MOST_HEADER_BYTES = 16 * 1024
_MOST_IDLE = 2
"""So many connections for each that is answered at once may be open; beyond, whoever comes is hung up on."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses headers without end, and hangs up on who keeps us waiting for them."""

    _header_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody has come."""
        super().connection_made(transport)
        if self.limit_concurrency and len(self.connections) > _MOST_IDLE * self.limit_concurrency:
            _log.warning("too many connections", open=len(self.connections))
            transport.abort()
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller has gone."""
        self._heard_out()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._header_bytes = 0
        self._be_patient()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """What is asked is known."""
        self._heard_out()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > _MOST_HEADER_BYTES:
            raise httptools.HttpParserError("more headers than anybody needs")

    def _be_patient(self) -> None:
        self._heard_out()
        self._patience = self.loop.call_later(_HEADERS_S, self.transport.close)

    def _heard_out(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
