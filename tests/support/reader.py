"""A reader over plain values, for faces: what a store would answer, without a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import numpy as np

from backend.model.columns import Columns
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event
from backend.model.gap import Gap
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.contract import Level, Rollup, StoreState
from backend.store.exchange import Past

T = TypeVar("T")
EMPTY_ROLLUP = Rollup(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0), np.empty(0), np.empty(0))


@dataclass
class FakeReader:
    """Change its fields, then call ``commit``. ``calls`` counts what was asked."""

    known_sites: list[Site] = field(default_factory=list)
    known_devices: list[Device] = field(default_factory=list)
    known_points: list[Point] = field(default_factory=list)
    known_statuses: list[DeviceStatus] = field(default_factory=list)
    known_connectors: list[ConnectorStatus] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    history: dict[str, Columns] = field(default_factory=dict)
    rollups: dict[str, Rollup] = field(default_factory=dict)
    energies: dict[str, dict[date, float]] = field(default_factory=dict)
    documents: dict[tuple[str, str], object] = field(default_factory=dict)
    sealed_ms: int | None = None
    error: Exception | None = None
    calls: dict[str, int] = field(default_factory=dict)
    closed: bool = False
    _version: int = 1

    def commit(self, *readings: Reading) -> None:
        """As if a node had committed these readings."""
        for reading in readings:
            self.readings[reading.point] = reading
            self.sealed_ms = max(self.sealed_ms or 0, reading.at_ms)
        self._version += 1

    def _asked(self, name: str) -> None:
        if self.error is not None:
            raise self.error
        self.calls[name] = self.calls.get(name, 0) + 1

    async def version(self) -> int:
        self._asked("version")
        return self._version

    async def sites(self) -> Sequence[Site]:
        self._asked("sites")
        return self.known_sites

    async def devices(self) -> Sequence[Device]:
        return self.known_devices

    async def points(self) -> Sequence[Point]:
        return self.known_points

    async def statuses(self) -> Sequence[DeviceStatus]:
        return self.known_statuses

    async def connectors(self) -> Sequence[ConnectorStatus]:
        return self.known_connectors

    async def latest(self, keys: Sequence[str] | None = None) -> Mapping[str, Reading]:
        self._asked("latest")
        return dict(self.readings) if keys is None else {key: self.readings[key] for key in keys if key in self.readings}

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        found = self.history.get(key, Columns.empty())
        return found.take((found.at_ms >= start_ms) & (found.at_ms < end_ms))

    async def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        self._asked("rollup")
        found = self.rollups.get(key, EMPTY_ROLLUP)
        keep = (found.start_ms >= start_ms) & (found.start_ms < end_ms)
        return Rollup(*(getattr(found, name)[keep] for name in Rollup.__dataclass_fields__))

    async def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        return {
            key: {day: wh for day, wh in days.items() if first <= day <= last}
            for key, days in self.energies.items()
            if key in keys
        }

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        return []

    async def events_after(self, number: int | None, limit: int = 500) -> Sequence[tuple[int, Event]]:
        return []

    async def gaps(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Gap]:
        return []

    async def past(self, points: Sequence[str], before_day: int) -> Sequence[Past]:
        return []

    async def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        found = self.documents.get((kind, key))
        assert found is None or isinstance(found, shape)
        return found

    async def closed_hours(self, key: str, start_ms: int, end_ms: int) -> Sequence[int]:
        return ()

    async def state(self) -> StoreState:
        return StoreState("e1", self._version, self.sealed_ms, 0, 1_000_000, 20_000_000_000, 0)

    async def close(self) -> None:
        self.closed = True
