"""What is not sent any more: batches that the parent does not believe, and those that the disk spoilt. Each is told once."""

import asyncio
import contextlib
from typing import Protocol

import structlog

from backend.model.clock import Clock
from backend.model.columns import Columns
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.model.spans import Spans
from backend.store.exchange import KeptBatch
from backend.sync.lanes import Lag
from backend.sync.reasons import Reason
from backend.wire.batch import read_header, unseal
from backend.wire.numbers import Damaged

_log = structlog.get_logger(__name__)
FORKS = (Reason.CONFLICT, Reason.FORKED)
"""Why a batch of ours is not believed although it is ours."""


class Intake(Sink, Protocol):
    """The way in for news of our own, and for readings that have to be sealed once more."""

    def accept_columns(self, columns: Columns) -> "asyncio.Future[None]":
        """Take readings of declared points by number; the future is done once they are on disk."""
        ...


class Aside:
    """Turns a batch that cannot be delivered into an event, so that what is behind it goes on."""

    def __init__(self, sink: Intake, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self.refused = 0
        """Batches that the parent did not believe, since this node started."""

    async def refuse(self, lag: Lag, batch: KeptBatch, reason: str) -> None:
        """The parent will never take it: that counts as delivered. Raises ``StorageError``."""
        span = Spans(((batch.first, batch.last),))
        if not lag.told.covers(batch.first, batch.last):
            if lag.own and reason in FORKS:
                await self._rescue(batch)
            await self._tell(EventKind.BATCH_REFUSED, lag, batch, reason)
            self.refused += 1
        lag.refused |= span
        lag.done |= span
        lag.told |= span

    async def spoilt(self, lag: Lag, batch: KeptBatch) -> None:
        """Its bytes are not those that were committed: there is nothing to send. Raises ``StorageError``."""
        span = Spans(((batch.first, batch.last),))
        if not lag.told.covers(batch.first, batch.last):
            await self._tell(EventKind.DATA_LOST, lag, batch, "damaged")
        lag.absent |= span
        lag.told |= span

    async def _rescue(self, batch: KeptBatch) -> None:
        """The chain was left because another life of this node used its numbers: the present one takes the readings along."""
        with contextlib.suppress(Damaged):
            await self._sink.accept_columns(unseal(batch.signed.body).readings)

    async def _tell(self, kind: EventKind, lag: Lag, batch: KeptBatch, reason: str) -> None:
        from_ms, to_ms = _times(batch)
        data: dict[str, EventValue] = {"from_ms": from_ms, "to_ms": to_ms, "count": batch.readings}
        if kind is EventKind.BATCH_REFUSED:
            data |= {"epoch": lag.chain.epoch.hex(), "first": batch.first, "span": batch.span, "reason": reason}
        else:
            data["cause"] = reason
        subject = "node" if lag.own else f"node:{lag.chain.node}"
        _log.error(kind.value, chain=str(lag.chain), first=batch.first, reason=reason)
        await self._sink.accept(Delivery(events=(Event(self._clock.now_ms(), kind, subject, data),), urgent=True))


def _times(batch: KeptBatch) -> tuple[int, int]:
    """Source times of the first and the last reading, or when it was sealed, as far as can be read."""
    try:
        at_ms = unseal(batch.signed.body).readings.at_ms
        if len(at_ms):
            return int(at_ms.min()), int(at_ms.max())
    except Damaged:
        pass
    try:
        sealed_ms = read_header(batch.signed.body).sealed_ms
    except Damaged:
        return 0, 0
    return sealed_ms, sealed_ms
