"""One WebSocket with one charger: reads, answers, and asks for what a restart made us miss."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from backend.drivers.ocpp.dialects import Dialect
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
from backend.drivers.ocpp.questions import HEARTBEAT, Question
from backend.drivers.ocpp.station import Station
from backend.model.command import Order

_log = structlog.get_logger(__name__)
SEND_S: Final = 10.0
"""A charger that does not take an answer for so long is cut off."""


class Conversation:
    """Answers in order of arrival; at most one call of ours is under way."""

    def __init__(
        self, socket: ServerConnection, station: Station, dialect: Dialect, settle_s: float, sample_s: int, answer_s: float
    ) -> None:
        self._socket = socket
        self._dialect = dialect
        self._answer_s = answer_s
        self._station = station
        self._settle_s = settle_s
        self._sample_s = sample_s
        self._waiting: dict[MessageId, asyncio.Future[Payload | Failure | None]] = {}
        self._asking = asyncio.Lock()
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
                    self._station.garbled(Broken("too_large"), b"", self._dialect)
            except TimeoutError:
                _log.warning("charger does not take its answers", device=self._station.key)
            finally:
                follow.cancel()
                for waiting in self._waiting.values():
                    if not waiting.done():
                        waiting.set_result(None)

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
            case Failure(message_id) as failure:
                self._settle(message_id, failure)
            case Broken() as broken:
                return self._station.garbled(broken, data, self._dialect)
        return None

    async def _answer(self, call: Call, data: bytes) -> str:
        try:
            return await self._station.call(call, data, self._dialect)
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

    def _settle(self, message_id: MessageId, answer: Payload | Failure) -> None:
        waiting = self._waiting.pop(message_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _follow_up(self) -> None:
        """Ask once for what did not come by itself, then for signs of life when told to. Never in the way of answers."""
        try:
            await asyncio.sleep(self._settle_s)
            await self._catch_up()
            while True:
                await self._probe.wait()
                self._probe.clear()
                await self.ask(HEARTBEAT)
        except (ConnectionClosed, TimeoutError):
            return

    async def _catch_up(self) -> None:
        unable: set[str] = set()
        for question in self._dialect.catch_up(self._station.charger, self._sample_s):
            if question.unless in self._heard or question.action in unable:
                continue
            answer = await self.ask(question)
            if answer is None or isinstance(answer, Failure):
                unable.add(question.action)

    async def order(self, order: Order, sent: Callable[[], None]) -> Payload | Failure | None:
        """The answer to an operator's command; None where none came in time. Raises ``CannotBeSaid``.

        ``sent`` is called when it leaves. Raises ``ConnectionClosed`` where the line is lost meanwhile.
        """
        return await self.ask(self._dialect.order(order), sent)

    async def ask(self, question: Question, sent: Callable[[], None] = lambda: None) -> Payload | Failure | None:
        """The answer to a call of ours, one at a time; None where the charger stays silent."""
        async with self._asking:
            message_id = str(uuid4())
            waiting = asyncio.get_running_loop().create_future()
            self._waiting[message_id] = waiting
            try:
                sent()
                await self._send(write_call(message_id, question.action, question.payload))
                async with asyncio.timeout(self._answer_s):
                    return await waiting
            except TimeoutError:
                return None
            finally:
                self._waiting.pop(message_id, None)
