"""Checks of readings as columns, before they are committed: finite, in range, dark at night, not from the future."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.quality import Flag, Quality
from backend.model.site import Place
from backend.model.sun import DARK_BELOW_DEG, elevation_deg
from backend.quality.limits import PointLimits

FUTURE_TOLERANCE_MS = 5 * 60_000
"""Source times further ahead than this make a clock suspect (reliability.md S4)."""
HOUR_MS = 3_600_000
BAD = 0x80000000
LARGEST = float(np.finfo(np.float64).max)
"""Where a point has no limit, so that infinity is beyond it all the same."""


class Checks:
    """Limits of every point by its number, and one pass over a group of readings.

    Intake keeps one and calls ``define`` when a point is declared or its device changes.
    """

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._low = np.full(64, -LARGEST)
        self._high = np.full(64, LARGEST)
        self._dark_high = np.full(64, LARGEST)
        self._bright_hour = np.full(64, -1, np.int64)

    def define(self, number: int, limits: PointLimits) -> None:
        """Set the limits of a point from now on."""
        self._make_room(number)
        self._low[number] = max(limits.low, -LARGEST)
        self._high[number] = min(limits.high, LARGEST)
        self._dark_high[number] = LARGEST if limits.place is None else min(limits.dark_high, LARGEST)
        self._bright_hour[number] = -1
        if limits.place is not None:
            self._places[number] = limits.place

    def apply(self, columns: Columns, now_ms: int) -> Columns:
        """The same readings with quality and flags as found; the very same object when nothing was found."""
        point, value, quality, flags = columns.point, columns.value, columns.quality, columns.flags
        if not len(columns):
            return columns
        self._make_room(int(point.max()))
        in_range = (value >= self._low[point]) & (value <= self._high[point])
        if not in_range.all():
            quality, value = self._out_of_range(value, quality, in_range)
        suspects = value > self._dark_high[point]
        if suspects.any():
            quality = self._dark(columns, np.flatnonzero(suspects), quality)
        future = columns.at_ms > now_ms + FUTURE_TOLERANCE_MS
        if future.any():
            flags = np.where(future, flags | Flag.CLOCK_SUSPECT, flags).astype(np.uint8)
        if quality is columns.quality and flags is columns.flags:
            return columns
        return Columns(point, columns.at_ms, value, quality, flags)

    @staticmethod
    def _out_of_range(
        value: NDArray[np.float64], quality: NDArray[np.uint32], in_range: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """Good values beyond the limits become uncertain; what is no number at all becomes absent and bad."""
        good = quality == Quality.GOOD
        finite = np.isfinite(value)
        quality = np.where(good & ~in_range & finite, np.uint32(Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED), quality)
        broken = ~finite & (quality < BAD)
        return np.where(broken, np.uint32(Quality.BAD_DEVICE_FAILURE), quality), np.where(finite, value, np.nan)

    def _dark(self, columns: Columns, rows: NDArray[np.intp], quality: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Generation while the sun is down at the reading's own time; hours once found bright are remembered."""
        hour = columns.at_ms[rows] // HOUR_MS
        rows = rows[(self._bright_hour[columns.point[rows]] != hour) & (quality[rows] == Quality.GOOD)]
        dark: list[int] = []
        for row in rows:
            number, hour_ms = int(columns.point[row]), int(columns.at_ms[row]) // HOUR_MS * HOUR_MS
            if self._bright_hour[number] == hour_ms // HOUR_MS:
                continue
            instants = np.array([columns.at_ms[row], hour_ms, hour_ms + HOUR_MS])
            elevation = elevation_deg(instants, self._places[number])
            if elevation[0] < DARK_BELOW_DEG:
                dark.append(int(row))
            elif elevation[1:].min() > DARK_BELOW_DEG:
                self._bright_hour[number] = hour_ms // HOUR_MS
        if dark:
            quality = quality.copy()
            quality[dark] = Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED
        return quality

    def _make_room(self, number: int) -> None:
        more = number + 1 - len(self._low)
        if more > 0:
            more = max(more, len(self._low))
            self._low = np.concatenate([self._low, np.full(more, -LARGEST)])
            self._high = np.concatenate([self._high, np.full(more, LARGEST)])
            self._dark_high = np.concatenate([self._dark_high, np.full(more, LARGEST)])
            self._bright_hour = np.concatenate([self._bright_hour, np.full(more, -1, np.int64)])
