"""The porch: whoever is connected but has not shown who it is yet. Few may stand there, TLS handshakes included."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

from websockets.asyncio.server import ServerConnection

from backend.drivers.ocpp.security import Reason

ROOM: Final = 128
"""So many strangers at once; a charger passes in milliseconds, so the one who stands there longest goes first."""
_PATIENCE_S: Final = 10.0
_CUT_S: Final = 0.2
_PLAIN_TEXT: Final = ("HTTP_REQUEST", "WRONG_VERSION_NUMBER")
"""What OpenSSL says of a caller who does not speak TLS at all."""

_TLS_RECORD: Final = b"\x16"
"""First byte of every TLS handshake; no HTTP request begins with it."""

Refuse = Callable[[str, Reason, str], None]
"""Is told of the peer's address, why it was sent away, and the detail."""


class Porch:
    """Keeps count of those outside the door, and makes their sockets."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._waiting: dict[Visitor, None] = {}
        self._shaking: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many stand outside now."""
        return len(self._waiting)

    def maker(self, context: ssl.SSLContext | None) -> Callable[..., ServerConnection]:
        """What makes the socket of each caller at one listener; with a context nobody is heard before TLS stands."""

        def make(*parts: Any, **options: Any) -> ServerConnection:
            return Visitor(self, context, *parts, **options)

        return make

    def enter(self, visitor: "Visitor") -> None:
        """One more; where there is no room, who came first has to go."""
        self._waiting[visitor] = None
        if len(self._waiting) > ROOM:
            self.send_away(next(iter(self._waiting)), Reason.CROWDED)

    def send_away(self, visitor: "Visitor", reason: Reason) -> None:
        """Cut off and remember."""
        self.leave(visitor)
        self._refuse(visitor.peer, reason, "")
        visitor.transport.abort()

    def leave(self, visitor: ServerConnection) -> None:
        """Through the door, or gone."""
        self._waiting.pop(cast("Visitor", visitor), None)

    def shake_hands(self, visitor: "Visitor", context: ssl.SSLContext) -> None:
        """Do the TLS handshake beside everything else."""
        task = asyncio.get_running_loop().create_task(self._shake_hands(visitor, context), name=f"ocpp tls {visitor.peer}")
        self._shaking.add(task)
        task.add_done_callback(self._shaking.discard)

    async def _shake_hands(self, visitor: "Visitor", context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                visitor.transport, visitor, context, server_side=True, ssl_handshake_timeout=_PATIENCE_S
            )
        except ssl.SSLError as error:
            plain = error.reason in _PLAIN_TEXT
            self._refuse(visitor.peer, Reason.NOT_ENCRYPTED if plain else Reason.HANDSHAKE, handshake_fault(error))
        except OSError:
            pass  # gone again, as port scanners and health checks do: nothing to learn
        else:
            if secured is not None and not secured.is_closing():
                visitor.begin(secured)
                return
        self.leave(visitor)

    async def clear(self) -> None:
        """Cut off everybody outside."""
        for visitor in tuple(self._waiting):
            visitor.transport.abort()
        for task in self._shaking:
            task.cancel()
        if self._shaking:
            await asyncio.wait(self._shaking, timeout=_CUT_S)


class Visitor(ServerConnection):
    """One socket from its first byte on."""

    def __init__(self, porch: Porch, context: ssl.SSLContext | None, *parts: Any, **options: Any) -> None:
        """With a context the caller must speak TLS."""
        super().__init__(*parts, **options)
        self._porch = porch
        self._context = context
        self._begun = False
        self._heard = False

    @property
    def peer(self) -> str:
        """Address of the other end; empty where the system does not know it."""
        address = self.transport.get_extra_info("peername")
        return str(address[0]) if address else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody called."""
        self.transport = cast("asyncio.Transport", transport)
        if self._context is None:
            self.begin(transport)
        else:
            self.transport.pause_reading()
            self._porch.shake_hands(self, self._context)
        self._porch.enter(self)

    def begin(self, transport: asyncio.BaseTransport) -> None:
        """Let it speak: from here on it is WebSocket."""
        self._begun = True
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came, decrypted where TLS is spoken."""
        if not self._heard:
            self._heard = True
            if self._context is None and data.startswith(_TLS_RECORD):
                self._porch.send_away(self, Reason.ENCRYPTED)
                return
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._porch.leave(self)
        if self._begun:
            super().connection_lost(exc)


def handshake_fault(error: ssl.SSLError) -> str:
    """Why TLS could not be agreed on, in the words of OpenSSL."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or "").replace("_", " ").lower()
