"""How the line to the parent stands; its edges are events, told once each."""

import contextlib
from collections.abc import Sequence

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap
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
        self._cut = self._behind = False

    def resume(self, gaps: Sequence[Gap]) -> None:
        """Go on from where the gap ledger says that the line stood when this node last ran."""
        rows = [gap for gap in gaps if gap.cause == "uplink"]
        self._cut = any(gap.to_ms is None for gap in rows)
        self._behind = any(gap.recovered < 1.0 for gap in rows)

    def sent(self) -> None:
        """The parent took something."""
        self.sent_ms = self._clock.now_ms()

    async def turn(self, state: LinkState, trouble: str = "", late: int = 0) -> None:
        """The line stands like this now; so many readings wait to cross it."""
        self.trouble = trouble
        if state is self.state and self.since_ms is not None:
            return
        self.state, self.since_ms = state, self._clock.now_ms()
        if state in (LinkState.CUT, LinkState.REFUSED):
            await self._break(trouble)
        elif state is LinkState.CONNECTED and self._cut:
            self._cut = False
            _log.info("the parent answers again")
            await self._record(EventKind.UPLINK_BACK, {"late": late})

    async def caught_up(self) -> None:
        """Nothing that was kept while the line was cut waits any more."""
        if self._behind and not self._cut:
            self._behind = False
            await self._record(EventKind.UPLINK_CAUGHT_UP, {})

    async def _break(self, trouble: str) -> None:
        if not self._cut:
            self._cut = self._behind = True
            _log.warning("the parent does not answer", why=trouble)
            await self._record(EventKind.UPLINK_CUT, {"reason": trouble})

    async def _record(self, kind: EventKind, data: dict[str, EventValue]) -> None:
        event = Event(self._clock.now_ms(), kind, "node", data)
        with contextlib.suppress(StorageError):
            await self._sink.accept(Delivery(events=(event,), urgent=True))
