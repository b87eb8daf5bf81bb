"""Readings of points within one hour as bytes: chunks (one point) and fragments (up to 64 points of an open hour)."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.store.calendar import HOUR_MS
from backend.store.checksums import close, disclose
from backend.wire.numbers import Packer, Unpacker

GROUP_BITS = 6
GROUP_POINTS = 1 << GROUP_BITS


def pack_chunk(rows: Columns, hour: int, digits: int) -> bytes:
    """One point's readings of one hour, by time."""
    packer = Packer()
    packer.ints(rows.at_ms - hour * HOUR_MS, deltas=True)
    packer.values(rows.value, digits, deltas=True)
    packer.rare(rows.quality)
    packer.rare(rows.flags)
    return close(packer.bytes(), hour, int(rows.point[0]), len(rows))


def unpack_chunk(body: bytes, count: int, point: int, hour: int, digits: int) -> Columns:
    """What ``pack_chunk`` took. Raises ``Damaged``."""
    unpacker = Unpacker(disclose(body, hour, point, count))
    at_ms = unpacker.ints(count) + hour * HOUR_MS
    value = unpacker.values(count, digits)
    quality = unpacker.rare(count, np.uint32)
    flags = unpacker.rare(count, np.uint8)
    return Columns(np.full(count, point, np.int32), at_ms, value, quality, flags)


def pack_fragment(rows: Columns, hour: int, digits: NDArray[np.int64]) -> bytes:
    """Readings of several points of one group within one hour, by point and time; ``digits`` per row."""
    packer = Packer()
    packer.ints(rows.point.astype(np.int64), deltas=True)
    packer.ints(rows.at_ms - hour * HOUR_MS)
    packer.ints(digits)
    packer.values(rows.value, digits, deltas=True)
    packer.rare(rows.quality)
    packer.rare(rows.flags)
    return close(packer.bytes(), hour, len(rows))


def unpack_fragment(body: bytes, count: int, hour: int) -> Columns:
    """What ``pack_fragment`` took. Raises ``Damaged``."""
    unpacker = Unpacker(disclose(body, hour, count))
    point = unpacker.ints(count).astype(np.int32)
    at_ms = unpacker.ints(count) + hour * HOUR_MS
    digits = unpacker.ints(count)
    value = unpacker.values(count, digits)
    quality = unpacker.rare(count, np.uint32)
    flags = unpacker.rare(count, np.uint8)
    return Columns(point, at_ms, value, quality, flags)


def one_point(rows: Columns, point: int) -> Columns:
    """The rows of one point out of rows that are in order of points."""
    first, last = np.searchsorted(rows.point, [point, point + 1])
    return rows.take(slice(int(first), int(last)))


class Slices:
    """Readings of many points in many fragments, put together point by point."""

    def __init__(self) -> None:
        self._places: dict[int, list[tuple[int, slice]]] = {}
        self._fragments: list[Columns] = []
        self._plain = True

    def add(self, fragment: Columns) -> None:
        """Take a fragment; they come in order of arrival."""
        edges = np.flatnonzero(np.diff(fragment.point, prepend=-1, append=-1)).tolist()
        number = len(self._fragments)
        for point, first, last in zip(fragment.point[edges[:-1]].tolist(), edges[:-1], edges[1:], strict=True):
            self._places.setdefault(point, []).append((number, slice(first, last)))
        self._fragments.append(fragment)
        self._plain = self._plain and not (fragment.quality.any() or fragment.flags.any())

    @property
    def points(self) -> list[int]:
        """Numbers of all points."""
        return list(self._places)

    def rows(self, point: int) -> Columns:
        """One point's readings in order of arrival."""
        places = [(self._fragments[number], rows) for number, rows in self._places[point]]
        at_ms = np.concatenate([fragment.at_ms[rows] for fragment, rows in places])
        value = np.concatenate([fragment.value[rows] for fragment, rows in places])
        count = len(at_ms)
        number = np.full(count, point, np.int32)
        if self._plain:
            return Columns(number, at_ms, value, np.zeros(count, np.uint32), np.zeros(count, np.uint8))
        quality = np.concatenate([fragment.quality[rows] for fragment, rows in places])
        flags = np.concatenate([fragment.flags[rows] for fragment, rows in places])
        return Columns(number, at_ms, value, quality, flags)


def merge(parts: list[Columns]) -> Columns:
    """One point's readings by time. Parts are in order of arrival: at the same millisecond the later one replaces the earlier."""
    rows = parts[0] if len(parts) == 1 else Columns.concatenate(parts)
    if (rows.at_ms[1:] > rows.at_ms[:-1]).all():
        return rows
    rows = rows.take(np.argsort(rows.at_ms, kind="stable"))
    return rows.take(np.append(np.diff(rows.at_ms) > 0, True))
