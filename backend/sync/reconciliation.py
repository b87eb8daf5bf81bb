"""Do both sides hold the same? Counts and hashes of what was acknowledged are compared; what differs is found by halving."""

from collections.abc import Sequence

import structlog

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.store.exchange import Outbox
from backend.sync.lanes import Lag
from backend.sync.line import Line
from backend.sync.messages import ReconcileAnswer, ReconcileQuestion, decode, encode
from backend.wire.batch import read_header
from backend.wire.numbers import Damaged

_log = structlog.get_logger(__name__)

RECONCILE = "/sync/v1/reconcile"
YOUNG_MS = 6 * 86_400_000
"""Both sides still have the bytes of what is younger: nobody removes a batch before its seventh day."""
MOST_QUESTIONS = 5000
"""In one run; what is left then is compared in the next."""


class Reconciliation:
    """Of one uplink. Remembers up to where everything was the same, so that the hourly look is a short one."""

    def __init__(self, outbox: Outbox, sink: Sink, clock: Clock) -> None:
        self._outbox, self._sink, self._clock = outbox, sink, clock
        self._same_upto: dict[int, int] = {}
        self._questions = 0
        self.at_ms: int | None = None
        """When both sides were last compared."""
        self.differing = 0
        """Batches in which they differed then."""

    async def run(self, line: Line, lags: Sequence[Lag], *, everything: bool) -> None:
        """Compare what was acknowledged: all of it, or what is new since the last time. What the parent lacks is sent again.

        Raises ``StorageError``, ``LineCut``, ``Refused`` and ``NotUnderstood``.
        """
        if everything:
            self._same_upto.clear()
        self._questions, differing = 0, 0
        for lag in lags:
            differing += await self._compare(line, lag)
        self.at_ms, self.differing = self._clock.now_ms(), differing

    async def _compare(self, line: Line, lag: Lag) -> int:
        common = (lag.held & lag.done) - lag.refused
        after = self._same_upto.get(lag.number)
        start = await self._first_young(lag, common.last) if after is None else after + 1
        lacking = 0
        for first, last in common:
            if last >= start:
                lacking += await self._span(line, lag, max(first, start), last)
        self._same_upto[lag.number] = common.last
        return lacking

    async def _first_young(self, lag: Lag, last: int) -> int:
        """The number from which on batches are young enough to be on both sides."""
        limit_ms = self._clock.now_ms() - YOUNG_MS
        first = 1
        while first < last:
            middle = (first + last) // 2
            found = await self._outbox.oldest(lag.number, middle, 1)
            if found and _sealed_ms(found[0].signed.body) >= limit_ms:
                last = middle
            else:
                first = middle + 1
        return first

    async def _span(self, line: Line, lag: Lag, first: int, last: int) -> int:
        """Batches whose first number is in this span, and that the parent lacks or has otherwise."""
        batches, readings, digest = await self._outbox.digest(lag.number, first, last)
        self._questions += 1
        if not batches or self._questions > MOST_QUESTIONS:
            return 0
        chain = lag.chain
        question = ReconcileQuestion(
            chain.node, chain.epoch.hex(), first, last, batches, readings, digest.hex(), list(lag.refused)
        )
        theirs = decode((await line.post(RECONCILE, encode(question))).body, ReconcileAnswer)
        if theirs.same:
            return 0
        if theirs.batches and first < last:
            middle = (first + last) // 2
            return await self._span(line, lag, first, middle) + await self._span(line, lag, middle + 1, last)
        await self._differs(lag, first, last, batches)
        return batches

    async def _differs(self, lag: Lag, first: int, last: int, count: int) -> None:
        """The parent has nothing of this, or other bytes: it is to be sent again."""
        lag.differs((first, last))
        data: dict[str, EventValue] = {"epoch": lag.chain.epoch.hex(), "first": first, "last": last, "count": count}
        _log.error("the parent does not hold what it acknowledged", chain=str(lag.chain), first=first, last=last, count=count)
        subject = "node" if lag.own else f"node:{lag.chain.node}"
        event = Event(self._clock.now_ms(), EventKind.SYNC_DIFFERS, subject, data)
        await self._sink.accept(Delivery(events=(event,), urgent=True))


def _sealed_ms(body: bytes) -> int:
    try:
        return read_header(body).sealed_ms
    except Damaged:
        return 0
