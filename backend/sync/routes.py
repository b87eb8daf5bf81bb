"""What a parent answers to its children: batches, chains, reconciliation."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.http.problems import Problem
from backend.model.clock import Clock
from backend.store.exchange import ChainState, Outbox
from backend.sync.admission import Admission
from backend.sync.callers import caller_of
from backend.sync.door import body_of
from backend.sync.ingest import Ingest
from backend.sync.messages import (
    ChainsAnswer,
    NotUnderstood,
    ReconcileAnswer,
    ReconcileQuestion,
    decode,
    encode,
    held_chain,
)
from backend.wire.batch import MOST_SEQUENCE

_MEDIA = "application/json"
_MOST_QUESTION_BYTES = 256 * 1024
_HEAVIEST_LATE = MOST_SEQUENCE
Heard = Callable[[str, int | None], Awaitable[None]]


class Answers:
    """The routes, and what they share."""

    def __init__(self, ingest: Ingest, admission: Admission, outbox: Outbox, clock: Clock, heard: Heard) -> None:
        """``heard`` is told of every request that is believed, with the readings that still wait there where it says so."""
        self._ingest, self._admission, self._outbox, self._clock, self._heard = ingest, admission, outbox, clock, heard

    @property
    def routes(self) -> list[Route]:
        """For the door."""
        return [
            Route("/sync/v1/batches", self._batches, methods=["POST"]),
            Route("/sync/v1/chains", self._chains, methods=["GET"]),
            Route("/sync/v1/reconcile", self._reconcile, methods=["POST"]),
        ]

    async def _batches(self, request: Request) -> Response:
        caller = await caller_of(request)
        late = _count(request, "Enemado-Late")
        async with self._admission.body(request) as body:
            answer = await self._ingest.take(caller.node, body)
        await self._heard(caller.node, late)
        return Response(encode(answer), media_type=_MEDIA)

    async def _chains(self, request: Request) -> Response:
        caller = await caller_of(request)
        await self._heard(caller.node, None)
        chains = [held_chain(each.chain, each.held) for each in await self._of(caller.node)]
        return Response(encode(ChainsAnswer(self._clock.now_ms(), chains)), media_type=_MEDIA)

    async def _reconcile(self, request: Request) -> Response:
        caller = await caller_of(request)
        question = await _question(request)
        for state in await self._of(caller.node):
            if (state.chain.node, state.chain.epoch.hex()) == (question.node, question.epoch):
                batches, readings, digest = await self._outbox.digest(state.number, question.first, question.last)
                same = (batches, readings, digest.hex()) == (question.batches, question.readings, question.digest)
                answer = ReconcileAnswer(same, batches, readings, digest.hex(), list(state.held))
                return Response(encode(answer), media_type=_MEDIA)
        return Response(encode(ReconcileAnswer(False, 0, 0, "", [])), media_type=_MEDIA)

    async def _of(self, caller: str) -> Sequence[ChainState]:
        """Chains that this caller may speak of."""
        chains = [each for each in await self._outbox.chains() if not each.own]
        nodes = await self._ingest.heard_through(caller, (each.chain.node for each in chains))
        return [each for each in chains if each.chain.node in nodes]


async def _question(request: Request) -> ReconcileQuestion:
    try:
        return decode(await body_of(request, _MOST_QUESTION_BYTES), ReconcileQuestion)
    except NotUnderstood as error:
        raise Problem(400, "malformed", str(error)) from error


def _count(request: Request, name: str) -> int | None:
    """A header with a whole number; None where there is none that makes sense."""
    text = request.headers.get(name, "")
    return min(int(text), _HEAVIEST_LATE) if text.isascii() and text.isdigit() and len(text) < 20 else None
