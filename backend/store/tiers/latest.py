"""Newest reading of every point: arrays in memory, what is folded as one blob in the file; readers add the tail."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.store.checksums import close, disclose
from backend.store.tiers.tables import Tables, WritableTables
from backend.wire.numbers import Packer, Unpacker

_NEVER = np.iinfo(np.int64).min


class Newest:
    """The newest reading of every point by source time, in arrays by point number."""

    def __init__(self) -> None:
        self._rows = _blank(64)

    def take(self, rows: Columns) -> None:
        """Take readings in any order; at the same time the later one replaces the earlier."""
        self.take_last(rows.take(last_of_points(rows)))

    def take_last(self, rows: Columns) -> None:
        """Take rows that are the last of their points, each point once."""
        if not len(rows):
            return
        while int(rows.point.max()) >= len(self._rows):
            self._rows = Columns.concatenate([self._rows, _blank(len(self._rows))])
        newer = rows.take(rows.at_ms >= self._rows.at_ms[rows.point])
        mine = self._rows
        mine.point[newer.point] = newer.point
        mine.at_ms[newer.point], mine.value[newer.point] = newer.at_ms, newer.value
        mine.quality[newer.point], mine.flags[newer.point] = newer.quality, newer.flags

    def rows(self, points: "NDArray[np.int32] | None" = None) -> Columns:
        """Newest readings of these points, or of all, by point; points never heard of are missing."""
        heard = self._rows.at_ms != _NEVER
        if points is None:
            return self._rows.take(np.flatnonzero(heard))
        points = points[points < len(self._rows)]
        return self._rows.take(np.sort(points[heard[points]]).astype(np.intp))


def last_of_points(rows: Columns) -> "NDArray[np.intp]":
    """Which row is the last of each point by time."""
    order = np.lexsort((rows.at_ms, rows.point))
    return order[np.flatnonzero(np.diff(rows.point[order], append=-1))]


def load(connection: Tables, newest: Newest) -> None:
    """Take what the fold has seen."""
    row = connection.execute("SELECT readings, body FROM latest WHERE id = 1").fetchone()
    if row is not None:
        newest.take_last(unpack(row[1], row[0]))


def write(database: WritableTables, newest: Newest) -> None:
    """Keep it as one blob, within the caller's transaction."""
    rows = newest.rows()
    database.put_all("latest", ("id", "readings", "body"), [(1, len(rows), _pack(rows))])


def _pack(rows: Columns) -> bytes:
    packer = Packer()
    packer.ints(rows.point.astype(np.int64), deltas=True)
    packer.ints(rows.at_ms)
    packer.floats(rows.value)
    packer.rare(rows.quality)
    packer.rare(rows.flags)
    return close(packer.bytes(), len(rows))


def unpack(body: bytes, count: int) -> Columns:
    """The one blob. Raises ``Damaged``."""
    unpacker = Unpacker(disclose(body, count))
    point = unpacker.ints(count).astype(np.int32)
    at_ms, value = unpacker.ints(count), unpacker.floats(count)
    return Columns(point, at_ms, value, unpacker.rare(count, np.uint32), unpacker.rare(count, np.uint8))


def _blank(size: int) -> Columns:
    return Columns(
        np.zeros(size, np.int32),
        np.full(size, _NEVER, np.int64),
        np.full(size, np.nan),
        np.zeros(size, np.uint32),
        np.zeros(size, np.uint8),
    )
