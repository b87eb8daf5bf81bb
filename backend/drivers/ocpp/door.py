"""The door: the WebSocket handshake, where callers are let in or sent away."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from backend.drivers.contract import Secret
from backend.drivers.ocpp.dialects import DIALECTS, chosen
from backend.drivers.ocpp.recording import record
from backend.drivers.ocpp.refusals import Refusals
from backend.drivers.ocpp.security import Caller, Reason, certified_names, identity_of, refusal
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.device import Device

_log = structlog.get_logger(__name__)
PROTOCOLS: Final = tuple(Subprotocol(protocol) for protocol in DIALECTS)
"""Versions that we speak."""


class Door:
    """Lets registered chargers in. Whoever is sent away learns no more than that, and is remembered."""

    def __init__(self, devices: Mapping[str, Device], sink: Sink, clock: Clock, secret: Secret) -> None:
        self._devices = devices
        self._sink = sink
        self._clock = clock
        self._secret = secret
        self.refusals = Refusals()

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What ``websockets`` asks before it completes the handshake; None goes on."""
        caller = _caller(connection, request)
        device = self._devices.get(caller.claimed)
        reason = refusal(caller, device, self._secret(device.key) if device is not None else None)
        if reason is None and not _offers(request):
            reason = Reason.PROTOCOL
        if reason is None:
            return None
        self._remember(caller, reason)
        if reason is Reason.PROTOCOL:
            return connection.respond(HTTPStatus.BAD_REQUEST, f"speak one of: {', '.join(PROTOCOLS)}\n")
        response = connection.respond(HTTPStatus.UNAUTHORIZED, "not registered here\n")
        response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        return response

    def refuse(self, peer: str, reason: Reason, detail: str) -> None:
        """Remember somebody who did not even get as far as telling a name."""
        self._remember(Caller("", peer), reason, detail)

    def _remember(self, caller: Caller, reason: Reason, detail: str = "") -> None:
        event = self.refusals.remember(caller, reason, self._clock.now_ms(), detail)
        if event is not None:
            _log.warning("charger refused", peer=caller.peer, reason=reason.value, detail=detail)
            record(self._sink, Delivery(events=(event,)))


def agreed(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """What ``websockets`` asks for the version to speak: the charger's order counts."""
    del connection
    protocol = chosen(offered)
    return None if protocol is None else Subprotocol(protocol)


def _offers(request: Request) -> bool:
    offered = [name.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",")]
    return chosen(offered) is not None


def _caller(connection: ServerConnection, request: Request) -> Caller:
    address = connection.remote_address
    tls = connection.transport.get_extra_info("ssl_object")
    return Caller(
        identity_of(request.path),
        str(address[0]) if address else "",
        encrypted=tls is not None,
        authorization=", ".join(request.headers.get_all("Authorization")),
        certified=certified_names(tls.getpeercert()) if tls is not None else (),
    )
