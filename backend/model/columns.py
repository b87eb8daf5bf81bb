"""Readings as columns: the shape they have from intake on, because objects cost a microsecond each."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Columns:
    """Parallel arrays of equal length, one row per reading, in no promised order."""

    point: NDArray[np.int32]
    """Number of the point in this store (not its key)."""
    at_ms: NDArray[np.int64]
    """Source time in UTC, milliseconds since 1970-01-01."""
    value: NDArray[np.float64]
    """In the point's stored unit; NaN where absent."""
    quality: NDArray[np.uint32]
    """OPC UA status codes, see ``Quality``."""
    flags: NDArray[np.uint8]
    """See ``Flag``."""

    def __len__(self) -> int:
        return len(self.point)

    @classmethod
    def empty(cls) -> Self:
        """No rows."""
        return cls(
            np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint32), np.empty(0, np.uint8)
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Columns":
        """The chosen rows, by index array, mask or slice."""
        return Columns(self.point[rows], self.at_ms[rows], self.value[rows], self.quality[rows], self.flags[rows])

    @staticmethod
    def concatenate(parts: "list[Columns]") -> "Columns":
        """All rows of all parts, in order."""
        if len(parts) < 2:
            return parts[0] if parts else Columns.empty()
        return Columns(
            np.concatenate([p.point for p in parts]),
            np.concatenate([p.at_ms for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.quality for p in parts]),
            np.concatenate([p.flags for p in parts]),
        )
