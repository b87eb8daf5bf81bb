"""Everybody whom the door let in: one task each, all gone soon after closing time."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from websockets.asyncio.server import Server, ServerConnection

from backend.drivers.ocpp.conversation import Conversation
from backend.drivers.ocpp.dialects import DIALECTS
from backend.drivers.ocpp.porch import Porch
from backend.drivers.ocpp.security import identity_of
from backend.drivers.ocpp.station import Station

_log = structlog.get_logger(__name__)
_POLITE_S: Final = 0.6
"""For saying goodbye to those who are connected."""
_CUT_S: Final = 0.2
ANSWER_S: Final = 30.0
"""How long a charger may think about a call of ours."""


class Hall:
    """Gives every charger that the door let in its conversation."""

    def __init__(
        self, stations: Mapping[str, Station], porch: Porch, settle_s: float, sample_s: int, answer_s: float = ANSWER_S
    ) -> None:
        """``answer_s`` is how long a charger may think about a call of ours."""
        self.porch = porch
        self._stations = stations
        self._settle_s = settle_s
        self._sample_s = sample_s
        self._answer_s = answer_s
        self._tasks: dict[asyncio.Task[None], ServerConnection] = {}
        self._closing = False

    async def receive(self, socket: ServerConnection) -> None:
        """Talk with a charger that the door let in."""
        self.porch.leave(socket)
        task = asyncio.current_task()
        if task is None or socket.request is None:
            raise RuntimeError("called outside of the server")
        station = self._stations[identity_of(socket.request.path)]
        dialect = DIALECTS[socket.subprotocol or ""]
        conversation = Conversation(socket, station, dialect, self._settle_s, self._sample_s, self._answer_s)
        self._tasks[task] = socket
        try:
            await station.connected(conversation)
            await conversation.run()
        except Exception:  # noqa: BLE001 -- the supervisor of this line: one charger's trouble is no other's
            _log.exception("conversation broke down", device=station.key)
        finally:
            del self._tasks[task]
            if not self._closing:
                station.disconnected(conversation, "closed")

    async def empty(self, servers: Sequence[Server]) -> None:
        """Say goodbye; who lingers, or is not in yet, is cut off."""
        self._closing = True
        for server in servers:
            server.close()
        await self.porch.clear()
        if not await _closed(servers, _POLITE_S):
            for task, socket in tuple(self._tasks.items()):
                socket.transport.abort()
                task.cancel()
            await _closed(servers, _CUT_S)


async def _closed(servers: Sequence[Server], within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            for server in servers:
                await server.wait_closed()
    except TimeoutError:
        return False
    return True
