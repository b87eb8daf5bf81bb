"""Derived values of all sites of a node, from one group of readings after the other.

Intake hands over each group after its readings were checked, so that what is derived carries the quality that was found.
Nothing is computed again for the past: late and backfilled readings change no derived value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.derived.board import FOREVER_MS, FUTURE_TOLERANCE_MS, Board
from backend.derived.gauging import Dusk, Gauging
from backend.derived.parts import Part
from backend.derived.site import derive, specs_of
from backend.derived.sources import Gauge, Sources, sources_of
from backend.model.columns import Columns
from backend.model.derived import derived_device
from backend.model.device import Device
from backend.model.point import LINK, Point
from backend.model.reading import Reading
from backend.model.site import Site

EARLY = 0.8
"""Share of the shortest interval after which the next value is due: devices are never quite in time."""
IDLE_MS = 10_000
"""So often a site is looked at when nothing comes from it, so that what stands or has grown too old is told."""
ABSENT_AGAIN_MS = 10 * 60_000
"""An absence that lasts is told again so often."""


@dataclass(slots=True)
class _Told:
    """What was last said of one derived point."""

    number: int
    at_ms: int = -1
    quality: int = -1


@dataclass(slots=True)
class _Derivation:
    """One site."""

    sources: Sources
    dusk: Dusk
    told: dict[str, _Told] = field(default_factory=dict[str, _Told])
    last_ms: int = -1

    def is_due(self, newest_ms: int, now_ms: int) -> int | None:
        """For which instant values are due, if at all."""
        if self.last_ms > now_ms + FUTURE_TOLERANCE_MS:
            self.last_ms = -1
            for told in self.told.values():
                told.at_ms = -1
        if newest_ms >= self.last_ms + EARLY * self.sources.shortest_ms:
            return newest_ms
        return now_ms if now_ms >= self.last_ms + max(self.sources.shortest_ms, IDLE_MS) else None


class Derivations:
    """Intake keeps one: ``define`` with the settings, ``declare`` with each point, ``take`` with each group of readings."""

    def __init__(self) -> None:
        self._sites: dict[str, Site] = {}
        self._devices: dict[str, list[Device]] = {}
        self._points: dict[str, dict[str, int]] = {}
        self._board = Board()
        self._derivations: dict[str, _Derivation] = {}
        self._site_of: dict[int, str] = {}
        self._before: Mapping[str, Reading] = {}

    def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> list[Point]:
        """Take over sites and devices, what is posted of their points stays; the points that can be derived now."""
        self._sites = {site.key: site for site in sites}
        self._devices = {site.key: [device for device in devices if device.site == site.key] for site in sites}
        self._derivations = {key: each for key, each in self._derivations.items() if key in self._sites}
        for key in self._sites:
            self._renew(key)
        return self._points_of(self._sites)

    def recall(self, latest: Mapping[str, Reading]) -> None:
        """What the points said before this node started; it counts as long as it is not too old."""
        self._before = {key: reading for key, reading in latest.items() if key.partition("/")[0] in self._sites}

    def declare(self, points: Sequence[Point], numbers: Mapping[str, int], now_ms: int) -> list[Point]:
        """Points became known, some perhaps for the first time; the points that can be derived now at their sites."""
        touched: set[str] = set()
        for point in points:
            known = self._points.setdefault(point.device, {})
            if known.get(point.spec.name) != numbers[point.key]:
                known[point.spec.name] = numbers[point.key]
                touched.add(point.device.partition("/")[0])
        concerned = sorted(touched & self._sites.keys())
        for site in concerned:
            self._renew(site)
        self._post_before(points, numbers, now_ms)
        return self._points_of(concerned)

    def number(self, points: Sequence[Point], numbers: Mapping[str, int]) -> None:
        """Numbers of all points that ``define`` or ``declare`` gave, by key: what has none is not told."""
        told: dict[str, dict[str, _Told]] = {}
        for point in points:
            site, name = point.device.partition("/")[0], point.spec.name
            before = self._derivations[site].told.get(name)
            told.setdefault(site, {})[name] = before or _Told(numbers[point.key])
        for site, several in told.items():
            self._derivations[site].told = several

    def take(self, readings: Columns, now_ms: int) -> Columns:
        """What is derived from a group of checked readings; empty where nothing is due."""
        changed = self._board.post(readings, now_ms)
        newest: dict[str, int] = {}
        for number, at_ms in zip(changed.tolist(), self._board.newest_ms(changed).tolist(), strict=True):
            site = self._site_of[number]
            newest[site] = max(newest.get(site, 0), min(at_ms, now_ms))
        rows = [row for site, each in self._derivations.items() for row in self._site(each, newest.get(site, 0), now_ms)]
        if not rows:
            return Columns.empty()
        point, at, value, quality, flags = zip(*rows, strict=True)
        return Columns(
            np.array(point, np.int32),
            np.array(at, np.int64),
            np.array(value, np.float64),
            np.array(quality, np.uint32),
            np.array(flags, np.uint8),
        )

    def _site(self, each: _Derivation, newest_ms: int, now_ms: int) -> Iterator[tuple[int, int, float, int, int]]:
        at_ms = each.is_due(newest_ms, now_ms) if each.told else None
        if at_ms is None:
            return
        each.last_ms = at_ms
        found = derive(each.sources, Gauging(self._board, each.dusk, at_ms), at_ms)
        for name, told in each.told.items():
            part = found[name]
            at = at_ms if part.is_absent else part.at_ms or at_ms
            if _is_news(told, part, at):
                told.at_ms, told.quality = at, part.quality
                yield told.number, at, part.value, part.quality, part.flags

    def _points_of(self, sites: Iterable[str]) -> list[Point]:
        return [Point(derived_device(site), spec) for site in sites for spec in specs_of(self._derivations[site].sources)]

    def _renew(self, site: str) -> None:
        """Look anew for what measures what at a site."""
        sources = sources_of(self._sites[site], self._devices[site], self._points)
        before = self._derivations.get(site)
        if before is not None and before.sources == sources:
            return
        still = {spec.name for spec in specs_of(sources)}
        told = {name: each for name, each in before.told.items() if name in still} if before else {}
        self._derivations[site] = _Derivation(sources, Dusk(self._sites[site].place), told, before.last_ms if before else -1)
        self._watch(site, sources)

    def _watch(self, site: str, sources: Sources) -> None:
        for gauge in _gauges(sources):
            for number, longest_ms in ((gauge.number, gauge.longest_ms), (gauge.link, FOREVER_MS), (gauge.state, FOREVER_MS)):
                if number is not None:
                    self._board.watch(number, longest_ms)
                    self._site_of[number] = site

    def _post_before(self, points: Sequence[Point], numbers: Mapping[str, int], now_ms: int) -> None:
        """What was said before a restart; not of links, for this node has heard of nobody yet."""
        several = [self._before[point.key] for point in points if point.key in self._before and point.spec.name != LINK.name]
        if not several:
            return
        value = [np.nan if reading.value is None else reading.value for reading in several]
        columns = Columns(
            np.array([numbers[reading.point] for reading in several], np.int32),
            np.array([reading.at_ms for reading in several], np.int64),
            np.array(value, np.float64),
            np.array([reading.quality for reading in several], np.uint32),
            np.array([reading.flags for reading in several], np.uint8),
        )
        self._board.post(columns, now_ms)


def _is_news(told: _Told, part: Part, at_ms: int) -> bool:
    """A value of a later time; an absence for another reason, or one that has lasted."""
    if at_ms <= told.at_ms:
        return False
    return not part.is_absent or part.quality != told.quality or at_ms >= told.at_ms + ABSENT_AGAIN_MS


def _gauges(sources: Sources) -> Iterator[Gauge]:
    """All that a site's values come from."""
    for measure in (sources.generation, sources.battery, sources.grid, sources.load, sources.charging):
        if isinstance(measure, tuple) and not isinstance(measure, Part):
            yield from measure
    station = sources.station
    if station is not None:
        singles = (station.temperature, station.humidity, station.irradiance, station.globe, station.wind)
        yield from (gauge for gauge in singles if gauge is not None)
    yield from (gauge for gauge in (sources.plane, sources.horizontal) if gauge is not None)
