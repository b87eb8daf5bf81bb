"""Roll-ups as bytes: the intervals of one point in one blob."""

import struct
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backend.store.checksums import close, disclose
from backend.store.statistics import UNKNOWN, Stats
from backend.wire.numbers import Packer, Unpacker
from backend.wire.several import SeveralUnpacker

_COUNT = struct.Struct("<H")
_COLUMNS = 6


def pack_stats(stats: Stats, key: int) -> bytes:
    """Statistics of up to 65,535 intervals, for the row with this key."""
    packer = Packer([_COUNT.pack(len(stats))])
    packer.ints(stats.slot, deltas=True)
    packer.ints(stats.energy)
    packer.ints(stats.minimum)
    packer.ints(stats.maximum - stats.minimum)
    packer.ints(stats.area)
    packer.ints(stats.covered_ms)
    return close(packer.bytes(), key)


def unpack_stats(body: bytes, key: int) -> Stats:
    """What ``pack_stats`` took. Raises ``Damaged``."""
    data = disclose(body, key)
    unpacker = Unpacker(data, _COUNT.size)
    count = _COUNT.unpack_from(data)[0]
    return _stats(lambda: unpacker.ints(count))


Blob = tuple[int, bytes]
"""Key and body of a row."""


def unpack_parts(parts: Sequence[Sequence[Blob]]) -> list[Stats]:
    """The same for many rows in one go: those of each part one after the other."""
    found = [disclose(body, key) for part in parts for key, body in part]
    sizes: list[int] = [_COUNT.unpack_from(data)[0] for data in found]
    counts = np.array(sizes, np.int64)
    ends = np.cumsum(counts)
    columns = np.empty((_COLUMNS, int(counts.sum())), np.int64)
    for count in sorted(set(sizes)):
        chosen = np.flatnonzero(counts == count)
        unpacker = SeveralUnpacker([found[row] for row in chosen.tolist()], _COUNT.size, count)
        places = np.repeat(ends[chosen] - count, count) + np.tile(np.arange(count), len(chosen))
        for column in columns:
            column[places] = unpacker.ints().ravel()
    whole = _stats(iter(columns).__next__)
    stops = np.concatenate(([0], ends))[np.cumsum([0, *map(len, parts)])].tolist()
    return [whole.take(slice(first, stop)) for first, stop in pairwise(stops)]


def _stats(column: Callable[[], NDArray[np.int64]]) -> Stats:
    slot, energy = column(), column()
    minimum, span = column(), column()
    return Stats(slot, minimum, minimum + span, column(), column(), energy)


def unpack_energy(body: bytes, key: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Intervals and energies alone, at a third of the price."""
    data = disclose(body, key)
    unpacker = Unpacker(data, _COUNT.size)
    count = _COUNT.unpack_from(data)[0]
    return unpacker.ints(count), unpacker.ints(count)


def replace(stats: Stats, fresh: Stats, first_slot: int, slots: int) -> Stats:
    """``stats`` with everything in [first_slot, first_slot + slots) replaced by ``fresh``."""
    before = stats.take(stats.slot < first_slot)
    after = stats.take(stats.slot >= first_slot + slots)
    return Stats.concatenate([part for part in (before, fresh, after) if len(part)])


def has_energy(stats: Stats) -> bool:
    """Whether any interval knows its energy."""
    return bool((stats.energy != UNKNOWN).any())
