"""Two nodes without their stores: a journal in memory that is sent, and a parent that takes it, or does what a test wants."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.cabinet import Place
from backend.identity.node_key import NodeKey
from backend.model.chain import Chain
from backend.model.clock import ClockQuality
from backend.model.columns import Columns
from backend.model.definitions import Definitions, NumberedPoint
from backend.model.spans import Spans
from backend.store.exchange import ChainState, Incoming, KeptBatch, Verdict
from backend.sync.line import Reply
from backend.sync.messages import (
    BatchesAnswer,
    ChainsAnswer,
    ReconcileAnswer,
    ReconcileQuestion,
    Result,
    Said,
    decode,
    encode,
    held_chain,
)
from backend.wire.batch import FIRST_PREDECESSOR, Header, pack_content, read_hash, read_header, seal, unseal
from backend.wire.parcel import SignedBatch, unpack_parcel
from backend.wire.signature import key_id_of
from tests.support.town import POWER

BOOT = b"b" * 16


def new_key() -> NodeKey:
    """A key of its own."""
    private = Ed25519PrivateKey.generate()
    return NodeKey(private, key_id_of(private.public_key()), Place.FILE)


@dataclass
class Sealer:
    """One chain of a node, batch by batch."""

    node: str = "school"
    key: NodeKey = field(default_factory=new_key)
    epoch: bytes = field(default_factory=lambda: os.urandom(16))
    next: int = 1
    predecessor: bytes = FIRST_PREDECESSOR
    at_ms: int = 1_795_401_720_000

    @property
    def chain(self) -> Chain:
        return Chain(self.node, self.epoch)

    def seal(self, readings: int = 2, *, defines: bool = False) -> KeptBatch:
        """The next batch."""
        at_ms = self.at_ms + 1000 * np.arange(readings, dtype=np.int64)
        self.at_ms += 1000 * readings
        ones = np.ones(readings)
        columns = Columns(ones.astype(np.int32), at_ms, ones * 5.5, np.zeros(readings, np.uint32), np.zeros(readings, np.uint8))
        said = Definitions([NumberedPoint(1, POWER)]) if defines else Definitions()
        content = pack_content(columns, np.ones(readings, np.int64), definitions=said)
        span = max(1, readings + len(said))
        header = Header(
            self.node, self.epoch, self.next, span, readings, self.at_ms, BOOT, ClockQuality.UNKNOWN, self.predecessor
        )
        body = seal(header, content)
        kept = KeptBatch(self.next, span, readings, SignedBatch(body, self.key.sign(body)))
        self.next += span
        self.predecessor = read_hash(body)
        return kept


@dataclass
class Journal:
    """A child's store as an uplink sees it: ``Outbox``, and the little of ``Store`` that it needs."""

    sealers: list[Sealer] = field(default_factory=lambda: [Sealer()])
    kept: list[list[KeptBatch]] = field(default_factory=lambda: [[]])
    delivered: list[Spans] = field(default_factory=lambda: [Spans()])
    gone: list[Spans] = field(default_factory=lambda: [Spans()])
    renewals: list[str] = field(default_factory=list)
    defines: set[int] = field(default_factory=set)
    """First numbers of defining batches, whatever their chain."""

    def commit(self, count: int = 1, readings: int = 2, chain: int = 0, *, defines: bool = False) -> list[KeptBatch]:
        """Seal so many batches more."""
        batches = [self.sealers[chain].seal(readings, defines=defines) for _ in range(count)]
        self.kept[chain] += batches
        self.defines.update(batch.first for batch in batches if defines)
        return batches

    def add_chain(self, sealer: Sealer) -> int:
        """A chain of a child, or a new one of this node; its number."""
        self.sealers.append(sealer)
        self.kept.append([])
        self.delivered.append(Spans())
        self.gone.append(Spans())
        return len(self.sealers) - 1

    def remove(self, batch: KeptBatch, chain: int = 0) -> None:
        """As retention does."""
        self.kept[chain].remove(batch)
        self.gone[chain] |= Spans(((batch.first, batch.last),))

    async def chains(self) -> Sequence[ChainState]:
        own = [number for number, sealer in enumerate(self.sealers) if sealer.node == self.sealers[0].node]
        order = sorted(range(len(self.sealers)), key=lambda number: (number not in own, -number if number in own else number))
        return [
            ChainState(number, self.sealers[number].chain, number in own, self._held(number), self.delivered[number])
            for number in order
        ]

    def _held(self, number: int) -> Spans:
        return Spans.of((batch.first, batch.last) for batch in self.kept[number]) | self.gone[number]

    async def oldest(self, number: int, first: int, most_bytes: int) -> Sequence[KeptBatch]:
        return _fill((batch for batch in self.kept[number] if batch.first >= first), most_bytes)

    async def newest(self, number: int, after: int, most_bytes: int) -> Sequence[KeptBatch]:
        return _fill((batch for batch in reversed(self.kept[number]) if batch.first > after), most_bytes)

    async def defining(self, number: int, after: int = 0) -> Sequence[KeptBatch]:
        return [batch for batch in self.kept[number] if batch.first > after and batch.first in self.defines]

    async def readings_between(self, number: int, spans: Spans) -> int:
        return sum(batch.readings for batch in self.kept[number] if spans.covers(batch.first, batch.last))

    async def digest(self, number: int, first: int, last: int) -> tuple[int, int, bytes]:
        return digest_of([batch.signed.body for batch in self.kept[number] if first <= batch.first <= last])

    async def deliver(self, number: int, delivered: Spans) -> None:
        self.delivered[number] |= delivered

    async def renew_epoch(self, cause: str) -> None:
        self.renewals.append(cause)
        old = self.sealers[0]
        self.add_chain(Sealer(old.node, old.key, next=old.next))
        self.commit(chain=len(self.sealers) - 1, readings=0)

    async def close(self) -> None:
        pass


def _fill(batches: "object", most_bytes: int) -> list[KeptBatch]:
    taken: list[KeptBatch] = []
    for batch in batches:  # type: ignore[attr-defined]
        most_bytes -= batch.signed.size
        if taken and most_bytes < 0:
            break
        taken.append(batch)
    return taken


def digest_of(bodies: Sequence[bytes]) -> tuple[int, int, bytes]:
    """As both sides compare it."""
    readings = sum(read_header(body).readings for body in bodies)
    return len(bodies), readings, sha256(b"".join(read_hash(body) for body in bodies)).digest()


Fault = Callable[[list[SignedBatch]], None]


@dataclass
class PseudoParent:
    """A ``Line`` that ends at a parent in memory. Believes everything."""

    kept: dict[Chain, dict[int, SignedBatch]] = field(default_factory=dict)
    verdicts: dict[int, Result] = field(default_factory=dict)
    """What is said of batches with this first number, whatever they are."""
    fault: Fault | None = None
    """Called with each parcel before it is taken; may raise."""
    asked: list[str] = field(default_factory=list)
    parcels: list[list[tuple[str, int]]] = field(default_factory=list)
    """Node and first number of every batch of every parcel that came in."""
    late: list[int] = field(default_factory=list)
    claimed: dict[Chain, Spans] = field(default_factory=dict)
    """What it says that it holds, although it does not."""
    needs_definitions: bool = False
    defined: set[Chain] = field(default_factory=set)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        await asyncio.sleep(0)
        self.asked.append(path)
        if self.fault is not None:
            self.fault([])
        return Reply(encode(ChainsAnswer(0, [held_chain(chain, self.held(chain)) for chain in self.kept])), {})

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        await asyncio.sleep(0)
        self.asked.append(path)
        if path.endswith("/reconcile"):
            return Reply(self._reconcile(decode(body, ReconcileQuestion)), {})
        batches = unpack_parcel(body)
        self.late.append(int((headers or {})["Enemado-Late"]))
        self.parcels.append([(read_header(each.body).node, read_header(each.body).first) for each in batches])
        if self.fault is not None:
            self.fault(batches)
        results = [self._take(each) for each in batches]
        chains = {_chain(each): None for each in batches}
        return Reply(encode(BatchesAnswer(results, [held_chain(chain, self.held(chain)) for chain in chains], "")), {})

    def held(self, chain: Chain) -> Spans:
        """What is kept of it."""
        headers = [read_header(each.body) for each in self.kept.get(chain, {}).values()]
        kept = Spans.of((header.first, header.first + header.span - 1) for header in headers)
        return kept | self.claimed.get(chain, Spans())

    def lose(self, chain: Chain, batches: Sequence[KeptBatch]) -> None:
        """The bytes are gone, and it does not know."""
        self.claimed[chain] = Spans.of((batch.first, batch.last) for batch in batches)
        for batch in batches:
            del self.kept[chain][batch.first]

    def firsts(self, chain: Chain) -> list[int]:
        """First numbers of what is kept, in order."""
        return sorted(self.kept.get(chain, {}))

    def _take(self, signed: SignedBatch) -> Result:
        batch = unseal(signed.body)
        if batch.definitions.lasting:
            self.defined.add(batch.chain)
        if batch.header.first in self.verdicts:
            return self.verdicts[batch.header.first]
        if self.needs_definitions and batch.header.readings and batch.chain not in self.defined:
            return Result(Said.UNDEFINED)
        kept = self.kept.setdefault(batch.chain, {})
        known = batch.header.first in kept
        kept.setdefault(batch.header.first, signed)
        return Result(Said.KNOWN if known else Said.KEPT)

    def _reconcile(self, question: ReconcileQuestion) -> bytes:
        chain = Chain(question.node, bytes.fromhex(question.epoch))
        bodies = [
            each.body for first, each in sorted(self.kept.get(chain, {}).items()) if question.first <= first <= question.last
        ]
        batches, readings, digest = digest_of(bodies)
        same = (batches, readings, digest.hex()) == (question.batches, question.readings, question.digest)
        return encode(ReconcileAnswer(same, batches, readings, digest.hex(), list(self.held(chain))))


def _chain(signed: SignedBatch) -> Chain:
    header = read_header(signed.body)
    return Chain(header.node, header.epoch)


@dataclass
class PseudoStore:
    """The receiving side of a store, in memory."""

    kept: dict[Chain, dict[int, Incoming]] = field(default_factory=dict)
    trouble: Exception | None = None
    transactions: int = 0

    async def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        self.transactions += 1
        return [self._take(each) for each in batches]

    async def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]:
        return {
            chain: Spans.of((each.batch.header.first, each.batch.last) for each in self.kept[chain].values())
            for chain in chains
            if chain in self.kept
        }

    def _take(self, incoming: Incoming) -> Verdict:
        kept = self.kept.setdefault(incoming.batch.chain, {})
        there = kept.setdefault(incoming.batch.header.first, incoming)
        if there is incoming:
            return Verdict.KEPT
        return Verdict.KNOWN if there.signed.body == incoming.signed.body else Verdict.CONFLICT
