"""The newest live reading of every point from which something is derived, as arrays by the point's number."""

import math

import numpy as np
from numpy.typing import NDArray

from backend.derived.parts import Part
from backend.model.columns import Columns
from backend.model.quality import Flag, Quality

FUTURE_TOLERANCE_MS = 5 * 60_000
"""Source times further ahead than this are wrong (reliability.md S4)."""
SLACK_MS = 10_000
"""Readings wait so long for their batch at most; they are no less live for it."""
FOREVER_MS = 1 << 60
"""A state stands until another is told, whenever it was told."""
_NOT_LIVE = np.uint8(Flag.LATE | Flag.BACKFILLED)
_NEVER = np.iinfo(np.int64).min


class Board:
    """Only what is live is posted: nothing late, backfilled, older than what is there, or from the future."""

    def __init__(self) -> None:
        self._longest_ms = np.full(64, -1, np.int64)
        self._at_ms = np.full(64, _NEVER, np.int64)
        self._value = np.full(64, np.nan)
        self._quality = np.zeros(64, np.uint32)
        self._flags = np.zeros(64, np.uint8)

    def watch(self, number: int, longest_ms: int) -> None:
        """Post readings of this point from now on, none older than ``longest_ms`` when it comes; ``FOREVER_MS`` for states."""
        self._make_room(number)
        self._longest_ms[number] = longest_ms

    def post(self, columns: Columns, now_ms: int) -> NDArray[np.int32]:
        """Take what is live and watched; the numbers of the points that have something newer."""
        if not len(columns):
            return columns.point
        self._make_room(int(columns.point.max()))
        longest_ms = self._longest_ms[columns.point]
        live = (longest_ms >= 0) & ((columns.flags & _NOT_LIVE == 0) | (longest_ms == FOREVER_MS))
        live &= (columns.at_ms >= now_ms - longest_ms - SLACK_MS) & (columns.at_ms <= now_ms + FUTURE_TOLERANCE_MS)
        before_ms = self._at_ms[columns.point]
        live &= (columns.at_ms > before_ms) | (before_ms > now_ms + FUTURE_TOLERANCE_MS)
        rows = np.flatnonzero(live)
        if not len(rows):
            return columns.point[:0]
        rows = rows[np.argsort(columns.at_ms[rows], kind="stable")]
        point = columns.point[rows]
        self._at_ms[point], self._value[point] = columns.at_ms[rows], columns.value[rows]
        self._quality[point], self._flags[point] = columns.quality[rows], columns.flags[rows]
        return np.unique(point)

    def newest_ms(self, points: NDArray[np.int32]) -> NDArray[np.int64]:
        """Source time of what is posted of these points."""
        return self._at_ms[points]

    def part(self, number: int) -> Part | None:
        """What is posted of a point; None where nothing is."""
        at_ms = int(self._at_ms[number])
        if at_ms == _NEVER:
            return None
        quality, flags = int(self._quality[number]), int(self._flags[number])
        value = float(self._value[number])
        if math.isnan(value) and quality < Quality.BAD_COMMUNICATION_ERROR:
            return Part.absent(Quality.BAD_DEVICE_FAILURE, at_ms)
        return Part(value, quality, flags, at_ms)

    def _make_room(self, number: int) -> None:
        more = number + 1 - len(self._at_ms)
        if more > 0:
            more = max(more, len(self._at_ms))
            self._longest_ms = np.concatenate([self._longest_ms, np.full(more, -1, np.int64)])
            self._at_ms = np.concatenate([self._at_ms, np.full(more, _NEVER, np.int64)])
            self._value = np.concatenate([self._value, np.full(more, np.nan)])
            self._quality = np.concatenate([self._quality, np.zeros(more, np.uint32)])
            self._flags = np.concatenate([self._flags, np.zeros(more, np.uint8)])
