"""A sealed batch: header, columns of readings, events and states, closed by a SHA-256 hash over all of it.

Layout: ``EB``, version, length of the header (u16), header (msgpack), zstd frame of the content, 32 bytes SHA-256 of
everything before. The header names the predecessor's hash, so batches of one epoch form a chain. The signature over these
bytes is kept and sent beside them (``signature.py``); ``FORMAT.md`` is the page for whoever writes a client.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from backend.model.chain import Chain
from backend.model.clock import ClockQuality
from backend.model.columns import Columns
from backend.model.definitions import Definitions, Document, NumberedPoint
from backend.model.delivery import State
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event
from backend.wire.compression import compress, decompress, unpacked_size
from backend.wire.numbers import Damaged, Packer, Unpacker

MAGIC = b"EB"
VERSION = 1
HASH_BYTES = 32
ID_BYTES = 16
MOST_READINGS = 1 << 20
"""Nothing that we wrote holds more; checked before memory is taken for them."""
MOST_SEQUENCE = 1 << 53
FIRST_PREDECESSOR = bytes(HASH_BYTES)
"""What the first batch of an epoch names as its predecessor."""
_FRONT = struct.Struct("<2sBH")
_READING = 25
"""Bytes of a reading in memory."""
_MOST_OF_READING = 64
_MOST_OF_REST = 4 * 1024 * 1024
"""Bytes that events, states and definitions of one batch take at most: tens of thousands of points."""


class Header(msgspec.Struct, frozen=True, array_like=True):
    """Who sealed the batch, where it stands in the chain, and how much it holds."""

    node: str
    epoch: bytes
    """16 random bytes: the life of the store."""
    first: int
    """First sequence number."""
    span: int
    """Sequence numbers used: one per reading, event, state and definition, at least one."""
    readings: int
    sealed_ms: int
    boot: bytes
    """16 bytes: the life of the process or machine, within which its monotonic clock counts."""
    clock: ClockQuality
    predecessor: bytes
    """SHA-256 of the batch before, 32 zero bytes for the first."""


class _Rest(msgspec.Struct, frozen=True, array_like=True):
    events: list[Event]
    devices: list[DeviceStatus]
    connectors: list[ConnectorStatus]
    points: list[NumberedPoint] = []
    documents: list[Document] = []


@dataclass(frozen=True, slots=True)
class Batch:
    """A verified batch."""

    header: Header
    readings: Columns
    events: Sequence[Event]
    states: Sequence[State]
    definitions: Definitions
    hash: bytes

    @property
    def chain(self) -> Chain:
        """The chain that it is a part of."""
        return Chain(self.header.node, self.header.epoch)

    @property
    def last(self) -> int:
        """Last sequence number used."""
        return self.header.first + self.header.span - 1


_encoder = msgspec.msgpack.Encoder()
_rest_decoder = msgspec.msgpack.Decoder(_Rest)
_header_decoder = msgspec.msgpack.Decoder(Header)
_NOTHING = Definitions()


def pack_content(
    readings: Columns,
    digits: NDArray[np.int64],
    events: Sequence[Event] = (),
    states: Sequence[State] = (),
    definitions: Definitions = _NOTHING,
) -> bytes:
    """The compressed content; ``digits`` are the decimals of each row's point."""
    packer = Packer()
    packer.ints(readings.point.astype(np.int64), deltas=True)
    packer.ints(readings.at_ms)
    packer.ints(digits)
    packer.values(readings.value, digits)
    packer.rare(readings.quality)
    packer.rare(readings.flags)
    if events or states or definitions:
        devices = [state for state in states if isinstance(state, DeviceStatus)]
        connectors = [state for state in states if isinstance(state, ConnectorStatus)]
        rest = _Rest(list(events), devices, connectors, list(definitions.points), list(definitions.documents))
        packer.parts.append(_encoder.encode(rest))
    return compress(packer.bytes())


def seal(header: Header, content: bytes) -> bytes:
    """The batch as it is kept and sent; its last 32 bytes are its hash. Raises ``ValueError`` if nobody would read it."""
    if not _is_sound(header):
        raise ValueError("more than one batch holds")
    head = _encoder.encode(header)
    body = b"".join((_FRONT.pack(MAGIC, VERSION, len(head)), head, content))
    return body + hashlib.sha256(body).digest()


def read_header(data: bytes) -> Header:
    """The header without verifying the rest. Raises ``Damaged``."""
    return _split(data)[0]


def read_hash(data: bytes) -> bytes:
    """The hash that the successor names."""
    return data[-HASH_BYTES:]


def weigh(data: bytes) -> int:
    """About how many bytes of memory its content takes once decoded, before it is. Raises ``Damaged``."""
    header, content = _split(data)
    unpacked = unpacked_size(content)
    if unpacked > header.readings * _MOST_OF_READING + _MOST_OF_REST:
        raise Damaged("larger than its readings and definitions can be")
    return max(unpacked, header.readings * _READING)


def unseal(data: bytes, predecessor: bytes | None = None) -> Batch:
    """Verify and decode. Raises ``Damaged`` if a byte differs or, where given, the predecessor is another."""
    if hashlib.sha256(data[:-HASH_BYTES]).digest() != data[-HASH_BYTES:]:
        raise Damaged("hash differs")
    header, content = _split(data)
    if predecessor is not None and header.predecessor != predecessor:
        raise Damaged("not the successor")
    try:
        return _decode(header, decompress(content), read_hash(data))
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        raise Damaged(str(error)) from error


def _decode(header: Header, content: bytes, hashed: bytes) -> Batch:
    unpacker = Unpacker(content)
    readings = _unpack_readings(unpacker, header.readings)
    rest = unpacker.data[unpacker.offset :]
    if not rest:
        return Batch(header, readings, (), (), _NOTHING, hashed)
    more = _rest_decoder.decode(rest)
    definitions = Definitions(more.points, more.documents)
    return Batch(header, readings, more.events, [*more.devices, *more.connectors], definitions, hashed)


def _unpack_readings(unpacker: Unpacker, count: int) -> Columns:
    point = unpacker.ints(count).astype(np.int32)
    at_ms = unpacker.ints(count)
    digits = unpacker.ints(count)
    value = unpacker.values(count, digits)
    quality = unpacker.rare(count, np.uint32)
    flags = unpacker.rare(count, np.uint8)
    return Columns(point, at_ms, value, quality, flags)


def _split(data: bytes) -> tuple[Header, bytes]:
    if len(data) < _FRONT.size + HASH_BYTES:
        raise Damaged("cut short")
    magic, version, length = _FRONT.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise Damaged(f"version {version} is not known here")
    start = _FRONT.size + length
    if start > len(data) - HASH_BYTES:
        raise Damaged("cut short")
    try:
        header = _header_decoder.decode(data[_FRONT.size : start])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from error
    if not _is_sound(header):
        raise Damaged("a header that nobody writes")
    return header, data[start:-HASH_BYTES]


def _is_sound(header: Header) -> bool:
    ids = (len(header.epoch), len(header.boot), len(header.predecessor)) == (ID_BYTES, ID_BYTES, HASH_BYTES)
    counts = 0 <= header.readings <= min(header.span, MOST_READINGS) and 1 <= header.first <= MOST_SEQUENCE
    return ids and counts and 1 <= header.span <= MOST_SEQUENCE
