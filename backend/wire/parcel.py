"""Several signed batches in one request: a plain frame, bounded before anything inside it is looked at."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.wire.numbers import Damaged
from backend.wire.signature import ENVELOPE_BYTES

MAGIC = b"EP"
VERSION = 1
LARGEST_BYTES = 16 * 1024 * 1024
"""A whole parcel; send less in one."""
MOST_BATCHES = 1024
_FRONT = struct.Struct("<2sBH")
_SIZE = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A batch as it was committed, and the signature that was made then."""

    body: bytes
    envelope: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes in a parcel."""
        return _SIZE.size + len(self.body) + len(self.envelope)


def pack_parcel(batches: Sequence[SignedBatch]) -> bytes:
    """The body of a request. Raises ``ValueError`` if it would be refused."""
    parts = [_FRONT.pack(MAGIC, VERSION, len(batches))]
    for batch in batches:
        parts += (_SIZE.pack(len(batch.body)), batch.body, batch.envelope)
    data = b"".join(parts)
    if len(batches) > MOST_BATCHES or len(data) > LARGEST_BYTES:
        raise ValueError("too much for one parcel")
    return data


def fill(batches: Iterable[SignedBatch], largest_bytes: int = LARGEST_BYTES) -> list[SignedBatch]:
    """As many, in order, as one parcel of this size holds; always the first, so that nothing waits for ever."""
    taken: list[SignedBatch] = []
    room = largest_bytes - _FRONT.size
    for batch in batches:
        room -= batch.size
        if taken and (room < 0 or len(taken) == MOST_BATCHES):
            break
        taken.append(batch)
    return taken


def unpack_parcel(data: bytes) -> list[SignedBatch]:
    """The batches of a request, none of them verified. Raises ``Damaged``."""
    if not _FRONT.size <= len(data) <= LARGEST_BYTES:
        raise Damaged("not the size of a parcel")
    magic, version, count = _FRONT.unpack_from(data)
    if magic != MAGIC or version != VERSION or count > MOST_BATCHES:
        raise Damaged("not a parcel")
    batches: list[SignedBatch] = []
    offset = _FRONT.size
    for _ in range(count):
        if offset + _SIZE.size > len(data):
            raise Damaged("cut short")
        start = offset + _SIZE.size
        middle = start + _SIZE.unpack_from(data, offset)[0]
        offset = middle + ENVELOPE_BYTES
        if offset > len(data):
            raise Damaged("cut short")
        batches.append(SignedBatch(data[start:middle], data[middle:offset]))
    if offset != len(data):
        raise Damaged("more than was announced")
    return batches
