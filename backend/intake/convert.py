"""Reading objects become columns; from here on nothing has the price of an object."""

from collections.abc import Mapping, Sequence

import numpy as np

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.quality import Quality
from backend.model.reading import Reading


def columns_of(readings: Sequence[Reading], numbers: Mapping[str, int]) -> Columns:
    """The same readings as columns. Raises ``StorageError`` for a point that was never declared."""
    if not readings:
        return Columns.empty()
    keys, at_ms, value, quality, flags = zip(*readings, strict=True)
    count = len(readings)
    try:
        point = np.fromiter(map(numbers.__getitem__, keys), np.int32, count)
    except KeyError as error:
        raise StorageError(f"point {error} was never declared") from error
    values = np.array(value, np.float64)
    codes = np.zeros(count, np.uint32)
    if set(quality) != {Quality.GOOD}:
        codes[:] = quality
    bits = np.zeros(count, np.uint8)
    if any(flags):
        bits[:] = flags
    return Columns(point, np.array(at_ms, np.int64), values, codes, bits)
