"""Ingest: what children send is verified, kept, and only then acknowledged. It never judges readings and never seals again."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from backend.http.problems import Problem
from backend.identity.node_key import NodeKey
from backend.model.chain import Chain
from backend.store.contract import SharedStore
from backend.store.exchange import Incoming, Verdict
from backend.sync.doubts import Doubts
from backend.sync.judge import judge, portions
from backend.sync.keys import KnownKeys
from backend.sync.messages import BatchesAnswer, HeldChain, Result, Said, canonical, held_chain
from backend.sync.reasons import Reason
from backend.wire.numbers import Damaged
from backend.wire.parcel import SignedBatch, unpack_parcel
from backend.wire.signature import sign

T = TypeVar("T")
RECEIPT = b"enemado receipt 1"
"""Context of a receipt's signature: it can never be taken for a batch's."""
_OUTCOMES: dict[Verdict, Said | Reason] = {
    Verdict.KEPT: Said.KEPT,
    Verdict.KNOWN: Said.KNOWN,
    Verdict.UNDEFINED: Said.UNDEFINED,
    Verdict.CONFLICT: Reason.CONFLICT,
    Verdict.FORKED: Reason.FORKED,
    Verdict.FOREIGN: Reason.FOREIGN,
    Verdict.MALFORMED: Reason.MALFORMED,
}
THREADS = 2
"""OpenSSL verifies without holding up Python: two parcels are judged at the same time."""
Taken = Callable[[str, Sequence[Incoming]], Awaitable[None]]


class Ingest:
    """Verifies on threads of its own, so that requests are answered meanwhile."""

    def __init__(self, store: SharedStore, keys: KnownKeys, doubts: Doubts, key: NodeKey, taken: Taken) -> None:
        """``taken`` hears, for each caller, what was kept that was not here before."""
        self._store, self._keys, self._doubts, self._key, self._taken = store, keys, doubts, key, taken
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="verify")

    async def take(self, caller: str, parcel: bytes) -> BatchesAnswer:
        """The answer to a parcel; everything in it is on disk or in quarantine by then.

        Raises ``StorageError``, after which the sender sends all of it again, and ``Problem``.
        """
        try:
            batches = unpack_parcel(parcel)
        except Damaged as error:
            await self._doubts.add_parcel(caller, parcel)
            raise Problem(400, "malformed", str(error)) from error
        results: list[Result] = []
        chains: set[Chain] = set()
        await self._ask(self._keys.look)
        for portion in portions(batches):
            judged = await self._ask(partial(judge, self._keys, caller, portion))
            chains |= _chains_of(judged)
            results += await self._keep(caller, portion, judged)
        return await self._acknowledge(chains, results)

    async def try_again(self, source: str, signed: SignedBatch) -> str:
        """A batch out of quarantine, verified from the start: why it is not believed, empty where it is.

        Raises ``StorageError`` and ``Problem``.
        """
        await self._ask(self._keys.look)
        (outcome,) = await self._outcomes(source, await self._ask(partial(judge, self._keys, source, [signed])))
        return "" if outcome in (Said.KEPT, Said.KNOWN) else outcome.value

    async def heard_through(self, caller: str, nodes: Iterable[str]) -> set[str]:
        """Those of these nodes whose batches this caller may bring. Raises ``Problem``."""
        names = set(nodes)
        return await self._ask(lambda: {node for node in names if self._keys.may_speak(caller, node)})

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _ask(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except (OSError, sqlite3.Error) as error:
            raise Problem(503, "registry", "The registry cannot be read at the moment.", {"Retry-After": "5"}) from error

    async def _keep(self, caller: str, portion: Sequence[SignedBatch], judged: Sequence[Incoming | Reason]) -> list[Result]:
        outcomes = await self._outcomes(caller, judged)
        doubted = [(reason, signed) for reason, signed in zip(outcomes, portion, strict=True) if isinstance(reason, Reason)]
        if doubted:
            await self._doubts.add(caller, doubted)
        return [Result(Said.REFUSED, each.value) if isinstance(each, Reason) else Result(each) for each in outcomes]

    async def _outcomes(self, caller: str, judged: Sequence[Incoming | Reason]) -> list[Said | Reason]:
        """What became of each, once it is on disk."""
        believed = [each for each in judged if isinstance(each, Incoming)]
        verdicts = iter(await self._store.receive(believed) if believed else ())
        outcomes = [_OUTCOMES[next(verdicts)] if isinstance(each, Incoming) else each for each in judged]
        new = [each for each, said in zip(judged, outcomes, strict=True) if said is Said.KEPT and isinstance(each, Incoming)]
        if new:
            await self._taken(caller, new)
        return outcomes

    async def _acknowledge(self, chains: set[Chain], results: list[Result]) -> BatchesAnswer:
        held = await self._store.held(sorted(chains))
        told = [held_chain(chain, held[chain]) for chain in sorted(held)]
        return BatchesAnswer(results, told, self._receipt(told))

    def _receipt(self, told: Sequence[HeldChain]) -> str:
        digest = hashlib.sha256(canonical(told)).digest()
        return sign(self._key.private, self._key.key_id, digest, RECEIPT).hex()


def _chains_of(judged: Sequence[Incoming | Reason]) -> set[Chain]:
    headers = (each.batch.header for each in judged if isinstance(each, Incoming))
    return {Chain(node, epoch) for node, epoch in {(header.node, header.epoch) for header in headers}}
