"""Columns of many packs at once: for packs of some dozen numbers each the calls cost more than the numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.wire.numbers import DELTAS, FIRST_BYTES, HEAD_BYTES, WIDTHS, Damaged, unshuffle


class SeveralUnpacker:
    """Gives back what as many ``Packer`` took, all with the same number of rows and the same order of columns.

    Raises ``Damaged``.
    """

    def __init__(self, packs: Sequence[bytes], start: int, count: int) -> None:
        """The columns of each pack begin at ``start`` and hold ``count`` rows."""
        self._data = np.frombuffer(b"".join(packs), np.uint8)
        sizes = np.array([len(pack) for pack in packs], np.int64)
        self._ends = np.cumsum(sizes)
        self._at = self._ends - sizes + start
        self._count = count

    def ints(self) -> NDArray[np.int64]:
        """The next column: one line of whole numbers for each pack."""
        head = self._taken(self._at, HEAD_BYTES)
        form, width = head[:, 0].astype(np.int64), head[:, 1].astype(np.int64)
        if (form > DELTAS).any() or not np.isin(width, WIDTHS).all() or (form.any() and not self._count):
            raise Damaged("columns of unknown form")
        lines = np.empty((len(head), self._count), np.int64)
        for shape in np.unique(form * 16 + width).tolist():
            rows = np.flatnonzero(form * 16 + width == shape)
            chosen = slice(None) if len(rows) == len(head) else rows
            lines[chosen] = self._lines(rows, _longs(head[rows, 2:]), shape // 16, shape % 16)
        return lines

    def _lines(self, rows: NDArray[np.intp], base: NDArray[np.int64], form: int, width: int) -> NDArray[np.int64]:
        """Those of packs that are of one shape."""
        lines = np.empty((len(rows), self._count), np.int64)
        at = self._at[rows] + HEAD_BYTES
        if form:
            lines[:, 0] = _longs(self._taken(at, FIRST_BYTES, rows))
            at += FIRST_BYTES
        values, size = lines[:, form:], self._count - form
        values[:] = base[:, None]
        if width and size:
            octets = self._taken(at, size * width, rows)
            values += unshuffle(octets.ravel(), len(rows), size, width).astype(np.int64, copy=False)
        if form:
            np.cumsum(lines, axis=1, out=lines)
        self._at[rows] = at + size * width
        return lines

    def _taken(self, at: NDArray[np.int64], size: int, rows: "NDArray[np.intp] | slice" = slice(None)) -> NDArray[np.uint8]:
        """So many bytes of each of these packs, a line each."""
        if (at + size > self._ends[rows]).any():
            raise Damaged("cut short")
        return sliding_window_view(self._data, size)[at]


def _longs(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.ascontiguousarray(octets).view("<i8")[:, 0].astype(np.int64, copy=False)
