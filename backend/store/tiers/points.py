"""Permanent numbers of points, and what the fold has to know of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from backend.model.counters import CounterRules, rules_for
from backend.model.definitions import NumberedPoint
from backend.model.delivery import StorageError
from backend.model.derived import as_device, is_derived
from backend.model.device import Device, DeviceKind
from backend.model.freshness import LIVE_AT_LEAST_MS, LIVE_INTERVALS
from backend.model.point import Point, PointKind
from backend.model.site import Site
from backend.store.calendar import HOUR_MS
from backend.store.tiers.keys import LARGEST_POINT
from backend.store.tiers.tables import WritableTables
from backend.store.tiers.versions import OWN, Version


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
    foreign: bool = False
    """Whether another node reads it, and says itself what it finds."""

    @property
    def site(self) -> str:
        """Whose point it is."""
        return self.point.device.partition("/")[0]


def facts_of(number: int, point: Point, device: Device | None, zone: str, *, foreign: bool = False) -> PointFacts:
    """Facts of a point; where its device left the settings, with the defaults of a device."""
    device = device or Device(point.device, point.device.partition("/")[0], DeviceKind.METER, {}, "")
    status = point.spec.kind is PointKind.STATUS
    hold_ms = HOUR_MS if status else min(max(round(LIVE_INTERVALS * device.interval_s * 1000), LIVE_AT_LEAST_MS), HOUR_MS)
    counter = rules_for(device, point.spec) if point.spec.kind is PointKind.ACCUMULATING else None
    return PointFacts(number, point, point.spec.digits, hold_ms, zone, counter, foreign)


class PointTable:
    """All points of the store, in memory too: a few hundred bytes each."""

    def __init__(self, database: WritableTables) -> None:
        self._database = database
        self._numbers: dict[str, int] = {}
        self._points: dict[int, Point] = {}
        self._versions: dict[int, Version] = {}
        self._facts: dict[int, PointFacts] = {}
        self._devices: dict[str, Device] = {}
        self._zones: dict[str, str] = {}
        self._foreign: frozenset[str] = frozenset()
        self._digits = np.zeros(64, np.int64)

    def load(self) -> None:
        """Read what the file knows."""
        decoder = msgspec.msgpack.Decoder(Point)
        for number, body, *version in self._database.execute("SELECT number, body, origin, sequence, sealed_ms FROM point"):
            self._keep(number, decoder.decode(body), Version(*version))
        self.load_settings()

    def load_settings(self) -> None:
        """Read sites and devices, this node's own and those of others."""
        sql = "SELECT body FROM document WHERE kind = ? AND length(body) > 0"
        sites, devices = (self._database.execute(sql, (kind,)).fetchall() for kind in ("site", "device"))
        several = [msgspec.msgpack.decode(body, type=Site) for (body,) in sites]
        self._zones = {site.key: site.timezone for site in several}
        self._devices = {device.key: device for device in (msgspec.msgpack.decode(body, type=Device) for (body,) in devices)}
        sql = "SELECT site FROM claim WHERE site NOT IN (SELECT key FROM document WHERE kind = 'site' AND origin = 0)"
        self._foreign = frozenset(site for (site,) in self._database.execute(sql))
        self._facts.clear()

    def numbers(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Numbers of these points by key."""
        return {point.key: self._numbers[point.key] for point in points}

    def numbered(self, points: Sequence[Point]) -> list[NumberedPoint]:
        """These points with their numbers, as they are kept here: with the digits of their history."""
        numbers = [self._numbers[point.key] for point in points]
        return [NumberedPoint(number, self._points[number]) for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Of a point that is known here."""
        return self._numbers.get(key)

    def key(self, number: int) -> str:
        """Key of the point of this number."""
        return self._points[number].key

    def take(self, points: Sequence[Point], version: Version = OWN) -> bool:
        """Write new and changed points within the caller's transaction; whether there were any.

        What another node says changes nothing where something newer is known. Raises ``StorageError`` for too many points.
        """
        changed = False
        for declared in points:
            number, point = self._numbers.get(declared.key), declared
            if number is None:
                number = len(self._numbers) + 1
                if number > LARGEST_POINT:
                    raise StorageError("too many points")
            else:
                point = self._as_stored(number, declared)
                if not self._is_news(number, point, version):
                    continue
            changed |= self._points.get(number) != point
            self._write(number, point, version)
        return changed

    def _as_stored(self, number: int, point: Point) -> Point:
        """With the digits that its history is scaled by: these stay, whatever a later version declares."""
        return replace(point, spec=replace(point.spec, digits=self._points[number].spec.digits))

    def _is_news(self, number: int, point: Point, version: Version) -> bool:
        if version == OWN:
            return self._points[number] != point
        return version != self._versions[number] and version.replaces(self._versions[number])

    def _write(self, number: int, point: Point, version: Version) -> None:
        values = (version.origin, version.sequence, version.sealed_ms)
        self._database.execute(
            "INSERT INTO point (number, key, body, origin, sequence, sealed_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number)"
            " DO UPDATE SET body = excluded.body, origin = excluded.origin, sequence = excluded.sequence,"
            " sealed_ms = excluded.sealed_ms",
            (number, point.key, msgspec.msgpack.encode(point), *values),
        )
        self._keep(number, point, version)

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._numbers.clear()
        self._points.clear()
        self._versions.clear()
        self.load()

    def digits(self, numbers: NDArray[np.int32]) -> NDArray[np.int64]:
        """Decimals of each of these points; any thread may ask."""
        return self._digits[numbers]

    def facts(self, number: int) -> PointFacts:
        """What the fold has to know."""
        facts = self._facts.get(number)
        if facts is None:
            point = self._points[number]
            site = point.device.partition("/")[0]
            known = self._devices
            device = as_device(site, known.values()) if is_derived(point.device) else known.get(point.device)
            zone, foreign = self._zones.get(site, "UTC"), site in self._foreign
            facts = self._facts[number] = facts_of(number, point, device, zone, foreign=foreign)
        return facts

    def _keep(self, number: int, point: Point, version: Version) -> None:
        self._numbers[point.key] = number
        self._points[number] = point
        self._versions[number] = version
        self._facts.pop(number, None)
        digits = self._digits
        if number >= len(digits):
            digits = np.concatenate([digits, np.zeros(max(number, len(digits)), np.int64)])
        digits[number] = point.spec.digits
        self._digits = digits
