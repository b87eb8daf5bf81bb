"""Is this batch to be believed? Signature over the very bytes, hash, form, and who brings it."""

from collections.abc import Iterator, Sequence

from backend.store.exchange import Incoming
from backend.sync.keys import Keys
from backend.sync.reasons import Reason
from backend.wire.batch import unseal, weigh
from backend.wire.numbers import Damaged
from backend.wire.parcel import SignedBatch
from backend.wire.signature import Forged, read_key_id, verify

MOST_BATCHES = 256
MOST_BYTES = 8 * 1024 * 1024
"""Of memory, that batches decoded at once take."""


def portions(batches: Sequence[SignedBatch]) -> Iterator[list[SignedBatch]]:
    """A parcel in parts that are small once decoded, so that nobody fills our memory with a few compressed bytes."""
    portion: list[SignedBatch] = []
    weight = 0
    for batch in batches:
        more = _weight(batch)
        if portion and (len(portion) == MOST_BATCHES or weight + more > MOST_BYTES):
            yield portion
            portion, weight = [], 0
        portion.append(batch)
        weight += more
    if portion:
        yield portion


def judge(keys: Keys, caller: str, batches: Sequence[SignedBatch]) -> list[Incoming | Reason]:
    """What is believed, decoded, and why the rest is not. Raises ``sqlite3.Error`` where the registry cannot be read."""
    return [_judge(keys, caller, batch) for batch in batches]


def _judge(keys: Keys, caller: str, signed: SignedBatch) -> Incoming | Reason:
    try:
        found = keys.find(read_key_id(signed.envelope))
    except Forged:
        return Reason.MALFORMED
    if isinstance(found, Reason):
        return found
    node, public = found
    try:
        verify(signed.envelope, signed.body, public)
        weigh(signed.body)
        batch = unseal(signed.body)
    except Forged:
        return Reason.FORGED
    except Damaged:
        return Reason.MALFORMED
    if batch.header.node != node or not keys.may_speak(caller, node):
        return Reason.WRONG_NODE
    return Incoming(batch, signed)


def _weight(batch: SignedBatch) -> int:
    try:
        return weigh(batch.body)
    except Damaged:
        return 0
