"""How the line to the parent stands; its edges are events, told once each."""

import contextlib

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.event import Event, EventKind, EventValue
from backend.model.sync import LinkState

_log = structlog.get_logger(__name__)


class Link:
    """Of one uplink."""

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self.state = LinkState.CUT
        self.since_ms: int | None = None
        self.trouble = ""
        """Why the parent cannot be had, or asks to wait."""
        self.sent_ms: int | None = None
        """When it last took something."""
        self._sink, self._clock = sink, clock
        self._cut = False

    def sent(self) -> None:
        """The parent took something."""
        self.sent_ms = self._clock.now_ms()

    async def turn(self, state: LinkState, trouble: str = "") -> None:
        """The line stands like this now."""
        self.trouble = trouble
        if state is self.state and self.since_ms is not None:
            return
        self.state, self.since_ms = state, self._clock.now_ms()
        if state in (LinkState.CUT, LinkState.REFUSED):
            await self._break(trouble)
        elif state is LinkState.CONNECTED and self._cut:
            self._cut = False
            _log.info("the parent answers again")
            await self._record(EventKind.UPLINK_BACK, {})

    async def _break(self, trouble: str) -> None:
        if not self._cut:
            self._cut = True
            _log.warning("the parent does not answer", why=trouble)
            await self._record(EventKind.UPLINK_CUT, {"reason": trouble})

    async def _record(self, kind: EventKind, data: dict[str, EventValue]) -> None:
        event = Event(self._clock.now_ms(), kind, "node", data)
        with contextlib.suppress(StorageError):
            await self._sink.accept(Delivery(events=(event,), urgent=True))
