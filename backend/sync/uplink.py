"""The uplink: sends what the parent lacks until it has everything, and begins anew whenever the line was cut."""

import asyncio
import contextlib
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from random import random

import structlog

from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.model.spans import Spans
from backend.model.sync import LinkState
from backend.store.contract import SharedStore
from backend.store.exchange import Outbox
from backend.sync.aside import FORKS, Aside, Intake
from backend.sync.backoff import delay_s
from backend.sync.lanes import Lag, Piece
from backend.sync.line import Line, LineCut, Refused, Unenrolled
from backend.sync.link import Link
from backend.sync.messages import BatchesAnswer, ChainsAnswer, NotUnderstood, Said, decode
from backend.sync.pace import Pace
from backend.sync.progress import Progress
from backend.sync.reconciliation import Reconciliation
from backend.sync.vouching import Voucher
from backend.wire.batch import HASH_BYTES
from backend.wire.parcel import pack_parcel

_log = structlog.get_logger(__name__)

CHAINS = "/sync/v1/chains"
BATCHES = "/sync/v1/batches"
LOOK_EVERY_S = 1.0
"""How long a commit that nobody told of may lie."""
POISONOUS = frozenset({400, 413, 422, 500})
"""Statuses that may be the fault of a single batch in the parcel."""
MOST_BROKEN = 3
"""Batches in a row at which the parent breaks; after that it is the parent's own trouble."""
COMPARE_EVERY_S = 3600.0
EVERYTHING_EVERY = 24
KEEP_EVERY_S = 2.0
"""So often is the store told what was delivered, and is counted what is not."""


class Uplink:
    """One per parent. Owns nothing that has to survive: the store is the outbox, the parent knows what it has."""

    def __init__(
        self,
        lines: Sequence[Line],
        outbox: Outbox,
        store: SharedStore,
        sink: Intake,
        clock: Clock,
        parcel_bytes: int,
        voucher: Voucher | None = None,
        chance: Callable[[], float] = random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.link = Link(sink, clock)
        self.late = 0
        """Readings that wait to be sent, as last counted."""
        self.progress = Progress(outbox, store)
        self._lines, self._store, self._sink, self._clock = lines, store, sink, clock
        self._pace = Pace(parcel_bytes)
        self._voucher, self._chance, self._pause = voucher, chance, pause
        self.reconciliation = Reconciliation(outbox, sink, clock)
        self._aside = Aside(sink, clock)
        self._news = asyncio.Event()
        self._composing = asyncio.Lock()
        self._keep_at = 0.0
        self._failures = 0
        """In a row, since something was delivered or nothing was left to be."""
        self._broken = self._compared = 0
        self._compare_at = 0.0

    @property
    def refused(self) -> int:
        """Batches that the parent did not believe, since this node started."""
        return self._aside.refused

    def wake(self) -> None:
        """Something was committed."""
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                at_least_s = 0.0
                try:
                    await self._meet()
                    await self._send_all()
                except* (LineCut, Refused, StorageError, NotUnderstood, OSError, sqlite3.Error) as several:
                    at_least_s = await self._fail(_first(several))
                _heed_cancellation()
                self._failures += 1
                await self._pause(delay_s(self._failures, self._chance(), at_least_s))
        finally:
            with contextlib.suppress(StorageError):
                await self.progress.keep()

    async def _meet(self) -> None:
        """Learn what the parent has, and notice if it has more than there is here."""
        if self._voucher is not None:
            self._voucher.forget()
            await self._voucher.tell(self._lines[0])
        answer = decode((await self._lines[0].get(CHAINS)).body, ChainsAnswer)
        parent = {each.chain: each.spans for each in answer.chains}
        await self.progress.refresh()
        present = self.progress.present
        if present is not None and parent.get(present.chain, Spans()).last > present.held.last:
            await self._begin_anew(present)
        self.progress.compare(parent)
        self.late = await self.progress.late()
        await self.link.turn(LinkState.CONNECTED, late=self.late)

    async def _begin_anew(self, present: Lag) -> None:
        """The parent has other batches of this chain than there are here: the store was set back to an earlier state."""
        _log.error("the store was set back; a new epoch begins", chain=str(present.chain))
        await self._store.renew_epoch("restored")
        await self.progress.refresh()

    async def _send_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, line in enumerate(self._lines):
                tasks.create_task(self._send(line), name=f"uplink {number}")
            # Here and not in a task: who waits inside a group is still known to be cancelled when the group fails.
            await self._reconcile()

    async def _send(self, line: Line) -> None:
        while True:
            self._news.clear()
            async with self._composing:
                pieces = await self.progress.compose(self._pace.parcel_bytes)
            if not pieces:
                await self._rest()
                continue
            await self._deliver(line, await self._sound(pieces))
            await self._keep()

    async def _reconcile(self) -> None:
        """Compare with the parent once all is there, then hourly; everything again once a day."""
        while True:
            if self._clock.monotonic() >= self._compare_at and not self.late:
                everything = self._compared % EVERYTHING_EVERY == 0
                await self.reconciliation.run(self._lines[0], self.progress.lags, everything=everything)
                self._compared += 1
                self._compare_at = self._clock.monotonic() + COMPARE_EVERY_S
                self._news.set()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _rest(self) -> None:
        """Nothing is left to be sent: wait for what comes next."""
        self._failures = 0
        if not any(lag.waiting for lag in self.progress.lags):
            self.late = 0
            await self.link.caught_up()
        await self._keep()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._news.wait()

    async def _sound(self, pieces: list[Piece]) -> list[Piece]:
        """Those whose bytes are what was committed; the others are told and left out."""
        sound: list[Piece] = []
        for piece in pieces:
            body = piece.batch.signed.body
            if hashlib.sha256(body[:-HASH_BYTES]).digest() == body[-HASH_BYTES:]:
                sound.append(piece)
            else:
                await self._aside.spoilt(self.progress.lag(piece.chain), piece.batch)
        return sound

    async def _deliver(self, line: Line, pieces: list[Piece]) -> None:
        """Send a parcel; where it is refused as a whole, half of it, until the batch is found that nobody can take."""
        if not pieces:
            return
        try:
            answer = await self._post(line, pieces)
        except LineCut:
            self._pace.cut()
            raise
        except Refused as refused:
            if refused.status not in POISONOUS or refused.retry_after_s is not None:
                raise
            await self._halve(line, pieces, refused)
            return
        await self._settle(pieces, answer)

    async def _halve(self, line: Line, pieces: list[Piece], refused: Refused) -> None:
        middle = len(pieces) // 2
        if middle:
            await self._deliver(line, pieces[:middle])
            await self._deliver(line, pieces[middle:])
            return
        lag, batch = self.progress.lag(pieces[0].chain), pieces[0].batch
        if refused.status != 500:
            await self._aside.refuse(lag, batch, refused.code)
            return
        self._broken += 1
        if self._broken > MOST_BROKEN:
            raise refused
        _log.error("the parent breaks at a batch; it is put off", chain=str(lag.chain), first=batch.first)
        lag.put_off |= Spans(((batch.first, batch.last),))

    async def _post(self, line: Line, pieces: list[Piece]) -> BatchesAnswer:
        if self._voucher is not None and not all(self.progress.lag(piece.chain).own for piece in pieces):
            await self._voucher.tell(line)
        headers = {"Enemado-Late": str(self.late), "Enemado-Now": str(self._clock.now_ms())}
        parcel = pack_parcel([piece.batch.signed for piece in pieces])
        began = self._clock.monotonic()
        reply = await line.post(BATCHES, parcel, headers)
        self._pace.took(len(parcel), self._clock.monotonic() - began)
        answer = decode(reply.body, BatchesAnswer)
        if len(answer.results) != len(pieces):
            raise NotUnderstood("not one result for each batch")
        return answer

    async def _settle(self, pieces: list[Piece], answer: BatchesAnswer) -> None:
        self.link.sent()
        self._failures = self._broken = 0
        for piece, result in zip(pieces, answer.results, strict=True):
            lag = self.progress.lag(piece.chain)
            if result.verdict is Said.REFUSED:
                if result.reason in FORKS and lag is self.progress.present:
                    await self._begin_anew(lag)
                await self._aside.refuse(lag, piece.batch, result.reason)
            elif result.verdict is Said.UNDEFINED:
                await self._define_again(lag, piece)
        for number in {piece.chain for piece in pieces}:
            self.progress.lag(number).arrived(
                Spans.of((piece.batch.first, piece.batch.last) for piece in pieces if piece.chain == number)
            )
        self.progress.acknowledge(answer.chains)

    async def _define_again(self, lag: Lag, piece: Piece) -> None:
        """Its definitions first; where they did not help, nothing will."""
        batch = piece.batch
        if lag.undefined.covers(batch.first, batch.last):
            await self._aside.refuse(lag, batch, Said.UNDEFINED.value)
            return
        lag.undefined |= Spans(((batch.first, batch.last),))
        lag.defined, lag.must_define = 0, True

    async def _keep(self) -> None:
        now = self._clock.monotonic()
        if now >= self._keep_at:
            self._keep_at = now + KEEP_EVERY_S
            await self.progress.keep()
            self.late = await self.progress.late()

    async def _fail(self, error: Exception) -> float:
        """Take note; seconds that the parent asks to wait at least."""
        if isinstance(error, Refused) and error.status in (429, 503):
            await self.link.turn(LinkState.CONNECTED, str(error))
            return error.retry_after_s or 0.0
        if isinstance(error, StorageError | OSError | sqlite3.Error):
            _log.error("what is to be sent cannot be had", why=str(error))
            return 0.0
        if isinstance(error, Unenrolled):
            await self.link.turn(LinkState.NOT_ENROLLED, str(error))
            return 0.0
        refused = isinstance(error, Refused) and error.status in (401, 403)
        await self.link.turn(LinkState.REFUSED if refused else LinkState.CUT, str(error))
        return 0.0


def _heed_cancellation() -> None:
    """Until Python 3.13 a task group that fails while it is cancelled forgets that; the node must stop all the same."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first(several: BaseExceptionGroup[Exception]) -> Exception:
    error: BaseException = several
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error
