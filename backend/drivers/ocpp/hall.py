"""Everybody on the line, from the first byte on: one task each, all gone soon after closing time."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakSet

import structlog
from websockets.asyncio.server import Server, ServerConnection
from websockets.protocol import State

from backend.drivers.ocpp.conversation import Conversation
from backend.drivers.ocpp.security import identity_of
from backend.drivers.ocpp.station import Station

_log = structlog.get_logger(__name__)
_POLITE_S: Final = 0.6
"""For saying goodbye to those who are connected."""
_CUT_S: Final = 0.2


class Hall:
    """Gives every charger that the door let in its conversation."""

    def __init__(self, stations: Mapping[str, Station], settle_s: float, sample_s: int) -> None:
        self._stations = stations
        self._settle_s = settle_s
        self._sample_s = sample_s
        self._sockets: WeakSet[ServerConnection] = WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def enter(self, *parts: Any, **options: Any) -> ServerConnection:
        """Make the socket of somebody who is still outside the door."""
        socket = ServerConnection(*parts, **options)
        self._sockets.add(socket)
        return socket

    async def receive(self, socket: ServerConnection) -> None:
        """Talk with a charger that the door let in."""
        task = asyncio.current_task()
        if task is None or socket.request is None:
            raise RuntimeError("called outside of the server")
        station = self._stations[identity_of(socket.request.path)]
        conversation = Conversation(socket, station, self._settle_s, self._sample_s)
        self._tasks.add(task)
        try:
            await station.connected(conversation)
            await conversation.run()
        except Exception:  # noqa: BLE001 -- the supervisor of this line: one charger's trouble is no other's
            _log.exception("conversation broke down", device=station.key)
        finally:
            self._tasks.discard(task)
            if not self._closing:
                station.disconnected(conversation, "closed")

    async def empty(self, server: Server) -> None:
        """Say goodbye; who lingers, or is not in yet, is cut off."""
        self._closing = True
        server.close()
        self._cut(only_outside=True)
        if not await _closed(server, _POLITE_S):
            self._cut(only_outside=False)
            for task in tuple(self._tasks):
                task.cancel()
            await _closed(server, _CUT_S)

    def _cut(self, only_outside: bool) -> None:
        for socket in tuple(self._sockets):
            inside = socket.state is State.OPEN or socket.state is State.CLOSING
            if hasattr(socket, "transport") and not (only_outside and inside):
                socket.transport.abort()


async def _closed(server: Server, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await server.wait_closed()
    except TimeoutError:
        return False
    return True
