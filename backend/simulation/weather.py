"""The demo's sky: two measured days as a pattern, clouds by seed, the sun by where the town is."""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.derived.clear_sky import ac_power_w, haurwitz, plane_irradiance
from backend.model.site import Array
from backend.model.sun import day_bounds_ms, elevation_deg, sun_times
from backend.simulation.plan import TIMEZONE, PlannedSite

Floats = NDArray[np.float64]
STEP_MS = 60_000
_BEST = 0.985
"""A real generator hardly ever reaches what the clear-sky formulae promise."""
PATTERNS = ("changeable", "fair")


@dataclass(frozen=True, slots=True)
class Day:
    """One site's day in steps of a minute."""

    start_ms: int
    power_w: Floats
    """AC power at each step, as if nothing were broken."""
    energy_wh: Floats
    """Generated from midnight to each step."""
    irradiance: Floats
    """In the generator's plane, W/m2."""
    horizontal: Floats
    """Global irradiance on a horizontal plane, W/m2."""
    ambient_c: Floats
    """Air temperature: coldest at two in the night, warmest at two in the afternoon."""


class Weather:
    """The same for the same seed, site and day since the beginning."""

    def __init__(self, pattern: Path, seed: int, first_day: date) -> None:
        """``pattern`` is the measured day; its changeable side is played on ``first_day``."""
        self.seed = seed
        self._first_day = first_day
        self._parts, self._patterns = _read(pattern)
        self._days: dict[tuple[str, date], Day] = {}

    def day(self, site: PlannedSite, day: date) -> Day:
        """A site's calendar day."""
        found = self._days.get((site.key, day))
        if found is None:
            found = self._days[site.key, day] = self._make_day(site, day)
        return found

    def _make_day(self, site: PlannedSite, day: date) -> Day:
        start_ms, end_ms = day_bounds_ms(day, TIMEZONE)
        at_ms = np.arange(start_ms, end_ms, STEP_MS, dtype=np.int64)
        array = Array(site.installed_kw or 1.0, site.tilt_deg, site.azimuth_deg)
        clear_w = ac_power_w(at_ms, site.place, array)
        share = self._share(site, day, at_ms, clear_w)
        power_w = np.maximum(clear_w, 0.0) * share if site.installed_kw else np.zeros(len(at_ms))
        energy_wh = np.concatenate(([0.0], np.cumsum((power_w[1:] + power_w[:-1]) / 2))) / 60
        plane = plane_irradiance(at_ms, site.place, array) * share
        sin_elevation = np.sin(np.radians(elevation_deg(at_ms, site.place)))
        warmth = np.cos((np.arange(len(at_ms)) / 60 - 14.0) / 24 * 2 * np.pi)
        return Day(start_ms, power_w, energy_wh, plane, haurwitz(sin_elevation) * share, 12.5 + 4.5 * warmth + 0.002 * plane)

    def _share(self, site: PlannedSite, day: date, at_ms: NDArray[np.int64], clear_w: Floats) -> Floats:
        """What is left of a clear sky: the measured pattern where it lies below, less the clouds that pass."""
        times = sun_times(site.place, day, TIMEZONE)
        if times.rise_ms is None or times.set_ms is None:
            return np.zeros(len(at_ms))
        part = (at_ms - times.rise_ms) / (times.set_ms - times.rise_ms)
        measured_w = np.interp(part, self._parts, self._patterns[self._pattern_of(day)], 0.0, 0.0) * clear_w.max()
        share = np.divide(measured_w, clear_w, out=np.zeros(len(at_ms)), where=clear_w > 1.0)
        return np.minimum(share, _BEST) * self._clouds(site, day, at_ms) * self._cleanliness(site)

    def _pattern_of(self, day: date) -> str:
        if day == self._first_day:
            return "changeable"
        return Random(f"{self.seed} pattern {self.number(day)}").choice(PATTERNS)

    def _clouds(self, site: PlannedSite, day: date, at_ms: NDArray[np.int64]) -> Floats:
        """Clouds cross the whole town; each place sees them a little earlier or later, and never quite alike."""
        light = np.ones(len(at_ms))
        sky = Random(f"{self.seed} clouds {self.number(day)}")
        here = Random(f"{self.seed} clouds {self.number(day)} {site.key}")
        drift_ms = (site.place.longitude - 139.454) * 90_200 / 4.0 * 1000
        for _ in range(sky.randint(7, 12)):
            middle_ms = at_ms[0] + sky.uniform(6.0, 18.0) * 3_600_000 + drift_ms + here.uniform(-120_000, 120_000)
            width_ms = sky.uniform(1.5, 7.0) * 60_000
            depth = sky.uniform(0.08, 0.55) * here.uniform(0.6, 1.0)
            light = light * (1.0 - depth * np.exp(-0.5 * ((at_ms - middle_ms) / width_ms) ** 2))
        return light

    def number(self, day: date) -> int:
        """Days since the first, so that a demo looks the same whatever date it is played on."""
        return (day - self._first_day).days

    def _cleanliness(self, site: PlannedSite) -> float:
        return Random(f"{self.seed} panels {site.key}").uniform(0.95, 1.0)


def day_of(at_ms: int) -> date:
    """The town's calendar day of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(TIMEZONE)).date()


def _read(path: Path) -> tuple[Floats, dict[str, Floats]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = np.array([float(row["day_part"]) for row in rows])
    return parts, {name: np.array([float(row[name]) for row in rows]) for name in PATTERNS}
