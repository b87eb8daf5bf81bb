"""Which sealed batch a number came in: the very bytes, the batch that says what its point is, and whose key signed both."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.store.exchange import ChainState, KeptBatch, Outbox
from backend.wire.batch import Header, read_header, unseal
from backend.wire.numbers import Damaged
from backend.wire.signature import Forged, read_key_id, verify

EARLIER_MS = 60_000
"""A batch may say that it was sealed a little before its newest reading: clocks are set back."""
LATER_MS = 7 * 86_400_000
"""A reading is sealed so long after its own time at most; what a device kept for longer is not looked for."""
_STRETCH_BYTES = 4 << 20


class Verdict(StrEnum):
    """On a signature, now."""

    HOLDS = "holds"
    REVOKED = "revoked"
    """It fits; the key counts no more."""
    UNKNOWN_KEY = "unknown_key"
    BROKEN = "broken"
    """Signature or hash does not fit the bytes."""
    UNSIGNED = "unsigned"


class Signatures(Protocol):
    """Whose keys are known here."""

    def find(self, key_id: bytes) -> tuple[Ed25519PublicKey, bool] | None:
        """The key, and whether it was revoked. Blocking."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """Of one reading."""

    at_ms: int
    value: float
    """NaN where it is absent."""
    quality: int
    header: Header
    batch: KeptBatch
    definition: KeptBatch
    """The batch of the same chain that says what the point of this number is; often the same one."""


async def find_proof(outbox: Outbox, point: str, at_ms: int) -> Proof | None:
    """The newest batch that holds this point's reading of this instant; None where none is kept. Raises ``StorageError``."""
    best: Proof | None = None
    for chain in await outbox.chains():
        found = await _in_chain(outbox, chain, point, at_ms)
        if found is not None and (best is None or found.header.sealed_ms > best.header.sealed_ms):
            best = found
    return best


def judge(batch: KeptBatch, keys: Signatures) -> Verdict:
    """Whether signature and hash hold now, for whoever has the keys."""
    signed = batch.signed
    if not signed.envelope:
        return Verdict.UNSIGNED
    try:
        known = keys.find(read_key_id(signed.envelope))
        if known is None:
            return Verdict.UNKNOWN_KEY
        verify(signed.envelope, signed.body, known[0])
        unseal(signed.body)
    except (Forged, Damaged):
        return Verdict.BROKEN
    return Verdict.REVOKED if known[1] else Verdict.HOLDS


async def _in_chain(outbox: Outbox, chain: ChainState, point: str, at_ms: int) -> Proof | None:
    defining = [(number, batch) for batch in await outbox.defining(chain.number) for number in _numbers(batch, point)]
    if not defining or not chain.held:
        return None
    best: Proof | None = None
    async for batch in _sealed_about(outbox, chain, at_ms):
        number, definition = next((each for each in reversed(defining) if each[1].first <= batch.first), (0, None))
        if definition is not None:
            best = _in_batch(batch, definition, number, at_ms) or best
            # What was sealed much later is only looked at while nothing was found.
            if best is not None and read_header(batch.signed.body).sealed_ms > at_ms + EARLIER_MS:
                break
    return best


def _in_batch(batch: KeptBatch, definition: KeptBatch, number: int, at_ms: int) -> Proof | None:
    try:
        opened = unseal(batch.signed.body)
    except Damaged:
        return None
    rows = opened.readings
    found = np.flatnonzero((rows.point == number) & (rows.at_ms == at_ms))
    if not len(found):
        return None
    row = int(found[-1])
    return Proof(at_ms, float(rows.value[row]), int(rows.quality[row]), opened.header, batch, definition)


async def _sealed_about(outbox: Outbox, chain: ChainState, at_ms: int) -> AsyncIterator[KeptBatch]:
    """Batches in order that may hold a reading of this instant, by when they say that they were sealed."""
    first = await _search(outbox, chain, at_ms - EARLIER_MS)
    while batches := await outbox.oldest(chain.number, first, _STRETCH_BYTES):
        for batch in batches:
            if read_header(batch.signed.body).sealed_ms > at_ms + LATER_MS:
                return
            yield batch
        first = batches[-1].last + 1


async def _search(outbox: Outbox, chain: ChainState, sealed_ms: int) -> int:
    """A sequence number before which everything was sealed earlier, found by halving."""
    low, high = 1, chain.held.last
    while low < high:
        middle = (low + high) // 2
        batches = await outbox.oldest(chain.number, middle, 1)
        if batches and read_header(batches[0].signed.body).sealed_ms < sealed_ms:
            low = max(batches[0].first, middle) + 1
        else:
            high = middle
    return low


def _numbers(batch: KeptBatch, point: str) -> list[int]:
    try:
        return [each.number for each in unseal(batch.signed.body).definitions.points if each.point.key == point]
    except Damaged:
        return []
