"""What is not believed goes to quarantine, and now and then an event says how much of it there was."""

from typing import Protocol

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.sync.reasons import Reason
from backend.wire.parcel import SignedBatch

_log = structlog.get_logger(__name__)
TELL_EVERY_S = 60.0
"""For one source and reason; in between they are counted."""


class Quarantine(Protocol):
    """Keeps what was not believed apart from all data, up to a cap for each source."""

    async def put(self, source: str, reason: str, signed: SignedBatch) -> int:
        """The number under which it is kept; that of the same bytes, where they are there already."""
        ...


class Doubts:
    """Tells at once, then at most once a minute for each source and reason: nobody floods the events of this node."""

    def __init__(self, quarantine: Quarantine, sink: Sink, clock: Clock) -> None:
        self._quarantine, self._sink, self._clock = quarantine, sink, clock
        self._untold: dict[tuple[str, Reason], int] = {}
        self._told_at: dict[tuple[str, Reason], float] = {}

    async def add(self, source: str, reason: Reason, signed: SignedBatch) -> None:
        """Keep it apart. Raises ``StorageError``: then the sender sends it again."""
        number = await self._quarantine.put(source, reason.value, signed)
        case, now = (source, reason), self._clock.monotonic()
        self._untold[case] = self._untold.get(case, 0) + 1
        if case in self._told_at and now < self._told_at[case] + TELL_EVERY_S:
            return
        count = self._untold.pop(case)
        self._told_at[case] = now
        _log.warning("not believed", source=source, reason=reason.value, count=count)
        data: dict[str, EventValue] = {"number": number, "source": source, "reason": reason.value, "count": count}
        event = Event(self._clock.now_ms(), EventKind.BATCH_QUARANTINED, f"node:{source}", data)
        await self._sink.accept(Delivery(events=(event,), urgent=True))
