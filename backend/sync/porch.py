"""Where connections of other nodes come in: accepted and shaken hands with, then handed to uvicorn.

uvicorn does not accept them itself for two reasons: each gets the newest certificate without the port being given up, and
a handshake that fails is seen and audited with its address.
"""

import asyncio
import socket
import ssl
from functools import partial
from typing import cast

import structlog

from backend.http.bounds import BoundedProtocol
from backend.http.server import Server
from backend.identity.gate import Gate
from backend.sync.audit import Audit
from backend.sync.callers import CERTIFICATE

_log = structlog.get_logger(__name__)
_MOST_HANDSHAKES = 64
_HANDSHAKE_S = 10.0
_REASONS = {7: "forged_certificate", 9: "not_yet_valid", 10: "expired", 18: "self_signed", 19: "unknown_authority",
            20: "unknown_authority", 21: "unknown_authority", 26: "wrong_purpose"}  # fmt: skip
"""Why OpenSSL did not believe a certificate (X509_V_ERR_*), as it is audited."""


class Porch:
    """Accepts connections and shakes hands, a bounded number at a time; uvicorn has them after that."""

    def __init__(self, bound: socket.socket, gate: Gate, server: Server, audit: Audit) -> None:
        self._bound, self._gate, self._server, self._audit = bound, gate, server, audit
        self._free = asyncio.Semaphore(_MOST_HANDSHAKES)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as greetings:
            while True:
                await self._free.acquire()
                try:
                    connection, address = await loop.sock_accept(self._bound)
                except OSError as error:
                    # No descriptor is free, or the caller has gone: the next one may have more luck.
                    self._free.release()
                    _log.warning("a caller could not be let in", why=str(error))
                    await asyncio.sleep(1.0)
                    continue
                greetings.create_task(self._greet(connection, str(address[0])), name="door handshake")

    async def _greet(self, connection: socket.socket, address: str) -> None:
        config, state = self._server.config, self._server.server_state
        make = partial(ShowingProtocol, config=config, server_state=state, app_state={})
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(make, connection, ssl=self._gate.context, ssl_handshake_timeout=_HANDSHAKE_S)
        except ssl.SSLCertVerificationError as error:
            self._audit.refused(address, _REASONS.get(error.verify_code, "unbelieved_certificate"))
        except OSError:
            # Another version of TLS, none at all, or the caller went away.
            self._audit.refused(address, "no_handshake")
        finally:
            self._free.release()


class ShowingProtocol(BoundedProtocol):
    """Tells the application whose certificate it is."""

    _certificate: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The handshake is over."""
        super().connection_made(transport)
        self._certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        cast("dict[str, object]", self.scope)[CERTIFICATE] = self._certificate
