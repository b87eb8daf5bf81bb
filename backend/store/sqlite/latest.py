"""Newest folded reading of every point by source time: arrays in memory, one blob in the file."""

import numpy as np

from backend.model.columns import Columns
from backend.store.sqlite.database import Database
from backend.wire.compression import compress, decompress
from backend.wire.numbers import Packer, Unpacker

_NEVER = np.iinfo(np.int64).min


class Latest:
    """What the fold has seen; a reader adds the journal's tail."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = _blank(64)

    def load(self) -> None:
        """Take up what the file holds."""
        row = self._database.execute("SELECT readings, body FROM latest WHERE id = 1").fetchone()
        self._rows = _blank(64)
        if row is not None:
            self.take(unpack_latest(row[1], row[0]))

    def take(self, rows: Columns) -> None:
        """Take rows that are the last of their points, each point once."""
        if not len(rows):
            return
        while int(rows.point.max()) >= len(self._rows):
            self._rows = Columns.concatenate([self._rows, _blank(len(self._rows))])
        newer = rows.take(rows.at_ms >= self._rows.at_ms[rows.point])
        mine = self._rows
        for into, new in (
            (mine.at_ms, newer.at_ms),
            (mine.value, newer.value),
            (mine.quality, newer.quality),
            (mine.flags, newer.flags),
        ):
            into[newer.point] = new

    def write(self) -> None:
        """Within the caller's transaction."""
        point = np.flatnonzero(self._rows.at_ms != _NEVER)
        rows = self._rows.take(point)
        self._database.execute(
            "INSERT OR REPLACE INTO latest (id, readings, body) VALUES (1, ?, ?)", (len(point), _pack(rows, point))
        )


def _pack(rows: Columns, point: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> bytes:
    packer = Packer()
    packer.ints(point.astype(np.int64), deltas=True)
    packer.ints(rows.at_ms)
    packer.floats(rows.value)
    packer.ints(rows.quality.astype(np.int64))
    packer.ints(rows.flags.astype(np.int64))
    return compress(packer.bytes())


def unpack_latest(body: bytes, count: int) -> Columns:
    """Each point's newest folded reading, by point."""
    unpacker = Unpacker(decompress(body))
    point = unpacker.ints(count).astype(np.int32)
    at_ms, value = unpacker.ints(count), unpacker.floats(count)
    quality = unpacker.ints(count).astype(np.uint32)
    return Columns(point, at_ms, value, quality, unpacker.ints(count).astype(np.uint8))


def _blank(size: int) -> Columns:
    return Columns(
        np.zeros(size, np.int32),
        np.full(size, _NEVER, np.int64),
        np.full(size, np.nan),
        np.zeros(size, np.uint32),
        np.zeros(size, np.uint8),
    )
