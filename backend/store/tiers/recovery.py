"""Readings that come after all for a time in which their device was held to be lost: the gap ledger is told."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.event import Event, EventKind
from backend.model.gap import Gap
from backend.store.tiers.batches import Batches, Unfolded
from backend.store.tiers.holes import read_losses_of_device
from backend.store.tiers.points import PointTable
from backend.store.tiers.tables import WritableTables

LIVE_MS = 60_000
"""A reading at most so old when it was sealed is no news of the past."""


class Recovery:
    """Of this node's own devices; what is found at another node is told there."""

    def __init__(self, database: WritableTables, journal: Batches, points: PointTable) -> None:
        self._database = database
        self._journal = journal
        self._points = points

    def look(self, parts: Sequence[Unfolded], now_ms: int) -> None:
        """Tell what has come after all among these, within the caller's transaction."""
        old = [part.readings.take(_old(part)) for part in parts if _old(part).any()]
        if old and (events := list(self._found(Columns.concatenate(old), now_ms))):
            self._journal.append_events(events, now_ms)

    def _found(self, rows: Columns, now_ms: int) -> Iterator[Event]:
        for device, points in self._devices(rows).items():
            mine = rows.take(np.isin(rows.point, points))
            hold_ms = max(self._points.facts(point).hold_ms for point in points)
            for gap in read_losses_of_device(self._database.connection, device, int(mine.at_ms.min()), int(mine.at_ms.max())):
                end_ms = now_ms if gap.to_ms is None else gap.to_ms
                at_ms = mine.at_ms[(mine.at_ms >= gap.from_ms) & (mine.at_ms < end_ms)]
                if len(at_ms):
                    yield _told(gap, at_ms, end_ms, hold_ms, now_ms)

    def _devices(self, rows: Columns) -> dict[str, list[int]]:
        devices: defaultdict[str, list[int]] = defaultdict(list)
        for number in np.unique(rows.point).tolist():
            facts = self._points.facts(number)
            if not facts.foreign:
                devices[facts.point.device].append(number)
        return devices


def _old(part: Unfolded) -> NDArray[np.bool_]:
    """Which readings are good and older than what a device says of now."""
    readings = part.readings
    return (readings.at_ms < part.sealed_ms - LIVE_MS) & (readings.quality >> 30 == 0)


def _told(gap: Gap, at_ms: NDArray[np.int64], end_ms: int, hold_ms: int, now_ms: int) -> Event:
    """Each reading stands for the time until the next, but no longer than a live one would."""
    times = np.unique(at_ms)
    stands_ms = np.minimum(np.diff(times, append=end_ms), hold_ms)
    data = {
        "from_ms": int(times[0]),
        "to_ms": int(times[-1]),
        "count": len(at_ms),
        "recovered": round(float(stands_ms.sum()) / (end_ms - gap.from_ms), 4),
    }
    return Event(now_ms, EventKind.DATA_RECOVERED, gap.subject, {**data})
