"""Numbers of points in another node's chain, and what they are here."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.freshness import FUTURE_TOLERANCE_MS
from backend.model.quality import Flag
from backend.store.tiers.keys import LARGEST_POINT
from backend.store.tiers.tables import Tables


class Translation:
    """Of one chain. Numbers that no definition names are 0 here."""

    def __init__(self) -> None:
        self._ours = np.zeros(64, np.int32)

    def put(self, theirs: int, ours: int) -> None:
        """Their number, 1 to ``LARGEST_POINT``, is ours."""
        if not 1 <= theirs <= LARGEST_POINT:
            raise ValueError("a number that nobody gives")
        known = len(self._ours)
        if theirs >= known - 1:  # The last place stays 0: larger numbers end there.
            self._ours = np.concatenate([self._ours, np.zeros(max(theirs + 2 - known, known), np.int32)])
        self._ours[theirs] = ours

    def get(self, theirs: int) -> int:
        """Our number, 0 where there is none."""
        return int(self._ours[theirs]) if 0 <= theirs < len(self._ours) else 0

    def of(self, points: NDArray[np.int32]) -> NDArray[np.int32]:
        """Our numbers for theirs."""
        return self._ours.take(points, mode="clip")


def translated(readings: Columns, points: NDArray[np.int32], arrived_ms: int) -> Columns:
    """The same readings under other numbers; those from the future, as seen at their arrival, flagged."""
    flags = readings.flags
    if len(flags) and readings.at_ms.max() > arrived_ms + FUTURE_TOLERANCE_MS:
        future = readings.at_ms > arrived_ms + FUTURE_TOLERANCE_MS
        flags = np.where(future, flags | np.uint8(Flag.CLOCK_SUSPECT), flags).astype(np.uint8)
    return Columns(points, readings.at_ms, readings.value, readings.quality, flags)


def load_translation(tables: Tables, origin: int) -> Translation:
    """What definitions of this chain have been read."""
    translation = Translation()
    for theirs, ours in tables.execute("SELECT theirs, ours FROM translation WHERE origin = ? ORDER BY theirs DESC", (origin,)):
        translation.put(theirs, ours)
    return translation


class Translations:
    """Of every chain, for whoever only reads: loaded when first needed, and again when it meets a number it does not know."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[int, Translation] = {}

    def ours(self, origin: int, readings: Columns, arrived_ms: int) -> Columns:
        """The same readings as ``translated``; within the caller's transaction. Raises ``LookupError`` for unknown points."""
        known = self._known.get(origin)
        points = None if known is None else known.of(readings.point)
        if points is None or not points.all():
            known = self._known[origin] = load_translation(self._tables, origin)
            points = known.of(readings.point)
            if not points.all():
                raise LookupError(f"points that no definition of chain {origin} names")
        return translated(readings, points, arrived_ms)
