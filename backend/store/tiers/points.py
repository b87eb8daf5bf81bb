"""Permanent numbers of points, and what the fold has to know of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from backend.model.counters import CounterRules, rules_for
from backend.model.delivery import StorageError
from backend.model.device import Device, DeviceKind
from backend.model.freshness import LIVE_AT_LEAST_MS, LIVE_INTERVALS
from backend.model.point import Point, PointKind
from backend.model.site import Site
from backend.store.calendar import HOUR_MS
from backend.store.tiers.keys import LARGEST_POINT
from backend.store.tiers.tables import WritableTables


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What roll-ups of a point depend on."""

    number: int
    point: Point
    digits: int
    hold_ms: int
    """How long a value stands without a successor."""
    zone: str
    counter: CounterRules | None
    """For accumulating points."""


def facts_of(number: int, point: Point, device: Device | None, zone: str) -> PointFacts:
    """Facts of a point; where its device left the settings, with the defaults of a device."""
    device = device or Device(point.device, point.device.partition("/")[0], DeviceKind.METER, {}, "")
    status = point.spec.kind is PointKind.STATUS
    hold_ms = HOUR_MS if status else min(max(round(LIVE_INTERVALS * device.interval_s * 1000), LIVE_AT_LEAST_MS), HOUR_MS)
    counter = rules_for(device, point.spec) if point.spec.kind is PointKind.ACCUMULATING else None
    return PointFacts(number, point, point.spec.digits, hold_ms, zone, counter)


class PointTable:
    """All points of the store, in memory too: a few hundred bytes each."""

    def __init__(self, database: WritableTables) -> None:
        self._database = database
        self._numbers: dict[str, int] = {}
        self._points: dict[int, Point] = {}
        self._facts: dict[int, PointFacts] = {}
        self._devices: dict[str, Device] = {}
        self._zones: dict[str, str] = {}
        self._digits = np.zeros(64, np.int64)

    def load(self) -> None:
        """Read what the file knows."""
        decoder = msgspec.msgpack.Decoder(Point)
        for number, body in self._database.execute("SELECT number, body FROM point"):
            self._keep(number, decoder.decode(body))
        rows = self._database.execute("SELECT body FROM document WHERE kind = 'device'").fetchall()
        devices = [msgspec.msgpack.decode(body, type=Device) for (body,) in rows]
        rows = self._database.execute("SELECT body FROM document WHERE kind = 'site'").fetchall()
        self.define([msgspec.msgpack.decode(body, type=Site) for (body,) in rows], devices)

    def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """The settings' sites and devices as they are now."""
        self._zones = {site.key: site.timezone for site in sites}
        self._devices = {device.key: device for device in devices}
        self._facts.clear()

    def numbers(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Numbers of these points by key."""
        return {point.key: self._numbers[point.key] for point in points}

    def take(self, points: Sequence[Point]) -> bool:
        """Write new and changed points within the caller's transaction; whether there were any."""
        changed = False
        for point in points:
            number = self._numbers.get(point.key)
            if number is not None and self._points[number] == point:
                continue
            if number is None:
                number = len(self._numbers) + 1
            if number > LARGEST_POINT:
                raise StorageError("too many points")
            self._database.execute(
                "INSERT INTO point (number, key, body) VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET body = excluded.body",
                (number, point.key, msgspec.msgpack.encode(point)),
            )
            self._keep(number, point)
            changed = True
        return changed

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._numbers.clear()
        self._points.clear()
        self.load()

    def digits(self, numbers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Decimals of each of these points; any thread may ask."""
        return self._digits[numbers]

    def facts(self, number: int) -> PointFacts:
        """What the fold has to know."""
        facts = self._facts.get(number)
        if facts is None:
            point = self._points[number]
            device = self._devices.get(point.device)
            zone = self._zones.get(point.device.partition("/")[0], "UTC")
            facts = self._facts[number] = facts_of(number, point, device, zone)
        return facts

    def _keep(self, number: int, point: Point) -> None:
        self._numbers[point.key] = number
        self._points[number] = point
        self._facts.pop(number, None)
        digits = self._digits
        if number >= len(digits):
            digits = np.concatenate([digits, np.zeros(max(number, len(digits)), np.int64)])
        digits[number] = point.spec.digits
        self._digits = digits
