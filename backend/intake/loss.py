"""Readings that nobody will send again and that could not be kept: counted until the store can say so."""

from backend.model.columns import Columns
from backend.model.event import Event, EventKind


class Loss:
    """Of polled readings only: who pushes was not acknowledged, and sends again."""

    def __init__(self) -> None:
        self._count = 0
        self._from_ms = 0
        self._to_ms = 0

    def add(self, readings: Columns) -> None:
        """Readings that are gone."""
        if not len(readings):
            return
        self._widen(int(readings.at_ms.min()), int(readings.at_ms.max()), len(readings))

    def take(self, now_ms: int) -> list[Event]:
        """What is to be told, if anything; from then on somebody else's to tell."""
        if not self._count:
            return []
        data = {"from_ms": self._from_ms, "to_ms": self._to_ms, "count": self._count, "cause": "storage"}
        self._count = 0
        return [Event(now_ms, EventKind.DATA_LOST, "node", {**data})]

    def put_back(self, events: list[Event]) -> None:
        """What was taken could not be told either."""
        for event in events:
            self._widen(*(int(event.data[name] or 0) for name in ("from_ms", "to_ms", "count")))

    def _widen(self, from_ms: int, to_ms: int, count: int) -> None:
        self._from_ms = min(self._from_ms, from_ms) if self._count else from_ms
        self._to_ms = max(self._to_ms, to_ms) if self._count else to_ms
        self._count += count
