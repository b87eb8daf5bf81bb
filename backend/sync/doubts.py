"""What is not believed goes to quarantine, and now and then an event says how much of it there was."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.sync.audit import Audit, Refusals
from backend.sync.quarantine import Kind, Quarantine, Suspect
from backend.sync.reasons import Reason
from backend.wire.parcel import SignedBatch

_log = structlog.get_logger(__name__)


class Doubts:
    """Tells at once, then at most once a minute for each source and reason: nobody floods the events of this node."""

    def __init__(self, quarantine: Quarantine, sink: Sink, clock: Clock) -> None:
        self._quarantine, self._sink, self._clock = quarantine, sink, clock
        self._to_tell: list[Refusals] = []
        self._audit = Audit(clock, self._to_tell.append)
        self._newest: dict[tuple[str, str], int | None] = {}

    async def add(self, source: str, doubted: Sequence[tuple[Reason, SignedBatch]]) -> None:
        """Keep these apart, and tell. Raises ``StorageError`` where it cannot be told: then they are sent again."""
        await self._add(source, [Suspect(Kind.BATCH, reason.value, each.body, each.envelope) for reason, each in doubted])

    async def add_parcel(self, source: str, parcel: bytes) -> None:
        """The same of a whole request that is none."""
        await self._add(source, [Suspect(Kind.PARCEL, Reason.MALFORMED.value, parcel)])

    async def settle(self, *, all_of_it: bool = False) -> None:
        """Tell what has waited for long enough, or in the end whatever waits. Raises ``StorageError``."""
        if all_of_it:
            self._audit.close()
        else:
            self._audit.settle()
        await self._tell()

    async def _add(self, source: str, suspects: Sequence[Suspect]) -> None:
        numbers = await asyncio.to_thread(self._quarantine.take, source, suspects)
        for suspect, number in zip(suspects, numbers, strict=True):
            self._newest[source, suspect.reason] = number
        for reason, count in Counter(suspect.reason for suspect in suspects).items():
            self._audit.refused(source, reason, count)
        await self._tell()

    async def _tell(self) -> None:
        told, self._to_tell[:] = list(self._to_tell), []
        for each in told:
            _log.warning("not believed", source=each.source, reason=each.reason, count=each.count)
            number = self._newest.pop((each.source, each.reason), None)
            data: dict[str, EventValue] = {"number": number, "source": each.source, "reason": each.reason, "count": each.count}
            event = Event(self._clock.now_ms(), EventKind.BATCH_QUARANTINED, f"node:{each.source}", data)
            await self._sink.accept(Delivery(events=(event,), urgent=True))
