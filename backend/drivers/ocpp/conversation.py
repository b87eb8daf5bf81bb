"""One WebSocket with one charger: reads, answers, and asks for what a restart made us miss."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from backend.drivers.ocpp.frames import (
    Broken,
    Call,
    ErrorCode,
    Failure,
    MessageId,
    Payload,
    Result,
    read_frame,
    write_call,
    write_failure,
)
from backend.drivers.ocpp.station import Station

_log = structlog.get_logger(__name__)
SEND_S: Final = 10.0
"""A charger that does not take an answer for so long is cut off."""
ANSWER_S: Final = 30.0
"""How long a charger may think about a call of ours."""


class Conversation:
    """Answers in order of arrival; at most one call of ours is under way."""

    def __init__(self, socket: ServerConnection, station: Station, settle_s: float, sample_s: int) -> None:
        self._socket = socket
        self._station = station
        self._settle_s = settle_s
        self._sample_s = sample_s
        self._waiting: dict[MessageId, asyncio.Future[Payload | None]] = {}
        self._heard: set[str] = set()
        self._probe = asyncio.Event()

    async def run(self) -> None:
        """Until the charger or we hang up."""
        async with asyncio.TaskGroup() as tasks:
            follow = tasks.create_task(self._follow_up(), name=f"ocpp follow-up {self._station.key}")
            try:
                await self._read()
            except ConnectionClosed as closed:
                if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
                    self._station.garbled(Broken("too_large"), b"")
            except TimeoutError:
                _log.warning("charger does not take its answers", device=self._station.key)
            finally:
                follow.cancel()

    async def close(self, reason: str) -> None:
        """Hang up politely; whoever does not answer in time is cut off."""
        try:
            async with asyncio.timeout(0.5):
                await self._socket.close(1001, reason)
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Drop the connection at once."""
        self._socket.transport.abort()

    def probe(self) -> None:
        """Ask for a sign of life, soon."""
        self._probe.set()

    async def _read(self) -> None:
        while True:
            data = await self._socket.recv(decode=False)
            self._station.heard()
            answer = await self._take(data)
            if answer is not None:
                await self._send(answer)

    async def _take(self, data: bytes) -> str | None:
        match read_frame(data):
            case Call() as call:
                self._heard.add(call.action)
                return await self._answer(call, data)
            case Result(message_id, payload):
                self._settle(message_id, payload)
            case Failure(message_id):
                self._settle(message_id, None)
            case Broken() as broken:
                return self._station.garbled(broken, data)
        return None

    async def _answer(self, call: Call, data: bytes) -> str:
        try:
            return await self._station.call(call, data)
        except Exception:  # noqa: BLE001 -- the supervisor of this charger: our fault must not cost the connection
            _log.exception("call not handled", device=self._station.key, action=call.action)
            return write_failure(call.id, ErrorCode.INTERNAL)

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send(text)
        except TimeoutError:
            self.cut()
            raise

    def _settle(self, message_id: MessageId, payload: Payload | None) -> None:
        waiting = self._waiting.pop(message_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(payload)

    async def _follow_up(self) -> None:
        """Ask once for what did not come by itself, then for signs of life when told to. Never in the way of answers."""
        try:
            await asyncio.sleep(self._settle_s)
            await self._catch_up(("BootNotification", "StatusNotification", "MeterValues"))
            while True:
                await self._probe.wait()
                self._probe.clear()
                await self._ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
        except (ConnectionClosed, TimeoutError):
            return

    async def _catch_up(self, wanted: Sequence[str]) -> None:
        for message in wanted:
            if message not in self._heard and await self._ask("TriggerMessage", {"requestedMessage": message}) is None:
                break
        await self._ask("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": str(self._sample_s)})

    async def _ask(self, action: str, payload: Payload) -> Payload | None:
        """The answer to a call of ours; None where the charger refuses or stays silent."""
        message_id = str(uuid4())
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = waiting
        try:
            await self._send(write_call(message_id, action, payload))
            async with asyncio.timeout(ANSWER_S):
                return await waiting
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(message_id, None)
