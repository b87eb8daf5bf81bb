"""Roll-ups as bytes: the intervals of one point in one blob."""

import struct
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.store.checksums import close, disclose
from backend.store.statistics import UNKNOWN, Stats
from backend.wire.numbers import Packer, Unpacker
from backend.wire.several import SeveralUnpacker

_COUNT = struct.Struct("<H")


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


def unpack_all(rows: Sequence[tuple[int, bytes]]) -> Stats:
    """The same for several rows of key and body, one after the other."""
    found = [disclose(body, key) for key, body in rows]
    counts = {_COUNT.unpack_from(data)[0] for data in found}
    if len(rows) == 1 or len(counts) != 1:
        return Stats.concatenate([unpack_stats(body, key) for key, body in rows])
    return _stats(SeveralUnpacker([Unpacker(data, _COUNT.size) for data in found], counts.pop()).ints)


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
