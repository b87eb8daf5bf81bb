"""What is not believed goes to quarantine, and now and then an event says how much of it there was."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.sync.quarantine import Kind, Quarantine, Suspect
from backend.sync.reasons import Reason
from backend.wire.parcel import SignedBatch

_log = structlog.get_logger(__name__)
TELL_EVERY_S = 60.0
"""For one source and reason; in between they are counted."""


class Doubts:
    """Tells at once, then at most once a minute for each source and reason: nobody floods the events of this node."""

    def __init__(self, quarantine: Quarantine, sink: Sink, clock: Clock) -> None:
        self._quarantine, self._sink, self._clock = quarantine, sink, clock
        self._untold: Counter[tuple[str, Reason]] = Counter()
        self._told_at: dict[tuple[str, Reason], float] = {}

    async def add(self, source: str, doubted: Sequence[tuple[Reason, SignedBatch]]) -> None:
        """Keep these apart, and tell. Raises ``StorageError`` where it cannot be told: then they are sent again."""
        suspects = [Suspect(Kind.BATCH, reason.value, signed.body, signed.envelope) for reason, signed in doubted]
        numbers = await asyncio.to_thread(self._quarantine.take, source, suspects)
        newest = {reason: number for (reason, _), number in zip(doubted, numbers, strict=True)}
        for reason, count in Counter(reason for reason, _ in doubted).items():
            self._untold[source, reason] += count
            await self._tell(source, reason, newest[reason])

    async def _tell(self, source: str, reason: Reason, number: int | None) -> None:
        case, now = (source, reason), self._clock.monotonic()
        if case in self._told_at and now < self._told_at[case] + TELL_EVERY_S:
            return
        self._told_at[case] = now
        count = self._untold.pop(case)
        _log.warning("not believed", source=source, reason=reason.value, count=count)
        data: dict[str, EventValue] = {"number": number, "source": source, "reason": reason.value, "count": count}
        event = Event(self._clock.now_ms(), EventKind.BATCH_QUARANTINED, f"node:{source}", data)
        await self._sink.accept(Delivery(events=(event,), urgent=True))
