"""The desk where operators' commands are handed in: each is recorded when asked, when sent and when answered."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from uuid import uuid4

import structlog

from backend.drivers.contract import Commandable
from backend.model.clock import Clock
from backend.model.command import Order, Receipt, Verdict
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue

_log = structlog.get_logger(__name__)
_LOOK_BACK_MS: Final = 2 * 86_400_000
_EVENTS: Final = 2000


class Past(Protocol):
    """What was recorded; a store's reader is one."""

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        ...


class Desk:
    """Gives every order a number and a receipt, whatever becomes of it."""

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._tellers: Mapping[str, Commandable] = {}

    def attend(self, tellers: Mapping[str, Commandable]) -> None:
        """From now on these drivers speak to these devices, by key."""
        self._tellers = tellers

    async def command(self, order: Order) -> Receipt:
        """Record, send, wait for the answer, record it. Raises ``StorageError``: what cannot be recorded is not sent."""
        number, asked_ms = uuid4().hex[:12], self._clock.now_ms()
        asked = _data(number, order)
        await self._record(EventKind.COMMAND_ASKED, order.device, asked)
        verdict, word = await self._tell(order, asked)
        _log.info("command %s", verdict.value, device=order.device, command=order.kind.value, by=order.by)
        await self._record(EventKind.COMMAND_ANSWERED, order.device, asked | {"verdict": verdict.value, "word": word})
        return Receipt(number, order, asked_ms, self._clock.now_ms(), verdict, word)

    async def _tell(self, order: Order, asked: dict[str, EventValue]) -> tuple[Verdict, str]:
        teller = self._tellers.get(order.device)
        if teller is None:
            return Verdict.UNSUPPORTED, ""

        def sent() -> None:
            self._sink.accept(self._delivery(EventKind.COMMAND_SENT, order.device, asked)).add_done_callback(_note_loss)

        return await teller.command(order, sent)

    async def close_open_ones(self, past: Past) -> None:
        """Whatever was asked before a restart and has no answer gets one: nobody knows what became of it."""
        now_ms = self._clock.now_ms()
        events = await past.events(now_ms - _LOOK_BACK_MS, now_ms + _LOOK_BACK_MS, limit=_EVENTS)
        answered = {event.data.get("number") for event in events if event.kind is EventKind.COMMAND_ANSWERED}
        for event in events:
            if event.kind is EventKind.COMMAND_ASKED and event.data.get("number") not in answered:
                data = event.data | {"verdict": Verdict.UNKNOWN.value, "word": ""}
                await self._record(EventKind.COMMAND_ANSWERED, event.subject, data)

    async def _record(self, kind: EventKind, device: str, data: dict[str, EventValue]) -> None:
        await self._sink.accept(self._delivery(kind, device, data))

    def _delivery(self, kind: EventKind, device: str, data: dict[str, EventValue]) -> Delivery:
        return Delivery(events=(Event(self._clock.now_ms(), kind, device, data),), urgent=True)


def _note_loss(kept: "asyncio.Future[None]") -> None:
    if not kept.cancelled() and kept.exception() is not None:
        _log.warning("not recorded that a command was sent: %s", kept.exception())


def _data(number: str, order: Order) -> dict[str, EventValue]:
    return {
        "number": number,
        "command": order.kind.value,
        "how": order.how,
        "connector": order.connector,
        "by": order.by,
    }
