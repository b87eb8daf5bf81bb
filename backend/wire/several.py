"""Columns of several packs at once: for packs of some dozen numbers each the calls cost more than the numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.wire.numbers import Head, Unpacker, unshuffle


class SeveralUnpacker:
    """Gives back what as many ``Packer`` took, all in the same order of columns. Raises ``Damaged``."""

    def __init__(self, unpackers: Sequence[Unpacker], count: int) -> None:
        """``count`` is the number of rows that each of them holds."""
        self._unpackers, self._count = unpackers, count

    def ints(self) -> NDArray[np.int64]:
        """The next column: the whole numbers of the first pack, then those of the second, and so on."""
        heads = [unpacker.head(self._count) for unpacker in self._unpackers]
        shapes = {(head.form, head.width) for head in heads}
        if len(shapes) == 1:
            return self._lines(range(len(heads)), heads, *shapes.pop()).ravel()
        out = np.empty((len(heads), self._count), np.int64)
        for form, width in shapes:
            rows = [row for row, head in enumerate(heads) if head.form == form and head.width == width]
            out[rows] = self._lines(rows, heads, form, width)
        return out.ravel()

    def _lines(self, rows: Sequence[int], heads: Sequence[Head], form: int, width: int) -> NDArray[np.int64]:
        """One line of numbers for each of these packs, which are of one shape."""
        lines = np.empty((len(rows), self._count), np.int64)
        values = lines[:, form:]
        values[:] = np.array([heads[row].base for row in rows], np.int64)[:, None]
        if width:
            size = self._count - form
            parts = [self._unpackers[row].data[heads[row].start : heads[row].start + size * width] for row in rows]
            values += unshuffle(b"".join(parts), 0, len(rows), size, width).astype(np.int64, copy=False)
        if form:
            lines[:, 0] = [heads[row].first for row in rows]
            np.cumsum(lines, axis=1, out=lines)
        return lines
