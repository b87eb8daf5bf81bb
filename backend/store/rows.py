"""Readings of points within one hour as bytes: chunks (one point) and fragments (up to 64 points of an open hour)."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.store.calendar import HOUR_MS
from backend.wire.compression import compress, decompress
from backend.wire.numbers import Packer, Unpacker

GROUP_BITS = 6
GROUP_POINTS = 1 << GROUP_BITS


def pack_chunk(rows: Columns, hour: int, digits: int) -> bytes:
    """One point's readings of one hour, by time."""
    packer = Packer()
    packer.ints(rows.at_ms - hour * HOUR_MS, deltas=True)
    packer.values(rows.value, digits, deltas=True)
    packer.ints(rows.quality.astype(np.int64))
    packer.ints(rows.flags.astype(np.int64))
    return compress(packer.bytes())


def unpack_chunk(body: bytes, count: int, point: int, hour: int, digits: int) -> Columns:
    """What ``pack_chunk`` took. Raises ``Damaged``."""
    unpacker = Unpacker(decompress(body))
    at_ms = unpacker.ints(count) + hour * HOUR_MS
    value = unpacker.values(count, digits)
    quality = unpacker.ints(count).astype(np.uint32)
    flags = unpacker.ints(count).astype(np.uint8)
    return Columns(np.full(count, point, np.int32), at_ms, value, quality, flags)


def pack_fragment(rows: Columns, hour: int, digits: NDArray[np.int64]) -> bytes:
    """Readings of several points of one group within one hour, by point and time; ``digits`` per row."""
    packer = Packer()
    packer.ints(rows.point.astype(np.int64), deltas=True)
    packer.ints(rows.at_ms - hour * HOUR_MS)
    packer.ints(digits)
    packer.values(rows.value, digits, deltas=True)
    packer.ints(rows.quality.astype(np.int64))
    packer.ints(rows.flags.astype(np.int64))
    return compress(packer.bytes())


def unpack_fragment(body: bytes, count: int, hour: int) -> Columns:
    """What ``pack_fragment`` took. Raises ``Damaged``."""
    unpacker = Unpacker(decompress(body))
    point = unpacker.ints(count).astype(np.int32)
    at_ms = unpacker.ints(count) + hour * HOUR_MS
    digits = unpacker.ints(count)
    value = unpacker.values(count, digits)
    quality = unpacker.ints(count).astype(np.uint32)
    flags = unpacker.ints(count).astype(np.uint8)
    return Columns(point, at_ms, value, quality, flags)


def one_point(rows: Columns, point: int) -> Columns:
    """The rows of one point out of rows that are in order of points."""
    first, last = np.searchsorted(rows.point, [point, point + 1])
    return rows.take(slice(int(first), int(last)))


def merge(parts: list[Columns]) -> Columns:
    """One point's readings by time. Parts are in order of arrival: at the same millisecond the later one replaces the earlier."""
    rows = parts[0] if len(parts) == 1 else Columns.concatenate(parts)
    steps = np.diff(rows.at_ms)
    if (steps > 0).all():
        return rows
    rows = rows.take(np.argsort(rows.at_ms, kind="stable"))
    return rows.take(np.append(np.diff(rows.at_ms) > 0, True))
