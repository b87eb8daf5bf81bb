"""Sunrise, sunset and the sun's way between them, for one place and day."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from app.kit.i18n.times import day_of
from app.kit.presenters.sky import SkyView, sky_at
from backend.model.site import Place, Site
from backend.model.sun import elevation_deg, sun_times

_STEP_MS = 600_000


@dataclass(frozen=True, slots=True)
class DayLight:
    """One day's sun; a day without both rise and set has none."""

    noon_ms: int
    rise_ms: int
    set_ms: int
    trace: tuple[tuple[int, float], ...]
    """Elevation in degrees every ten minutes from rise to set."""


def day_light(site: Site, now_ms: int, days: int = 0) -> DayLight | None:
    """The sun of the site's calendar day, ``days`` after today."""
    return _day_light(site.place, site.timezone, day_of(now_ms, site.timezone) + timedelta(days=days))


@lru_cache(maxsize=64)
def _day_light(place: Place, timezone: str, day: date) -> DayLight | None:
    times = sun_times(place, day, timezone)
    if times.rise_ms is None or times.set_ms is None:
        return None
    at_ms = np.append(np.arange(times.rise_ms, times.set_ms, _STEP_MS), times.set_ms)
    trace = zip(at_ms.tolist(), elevation_deg(at_ms, place, refracted=False).tolist(), strict=True)
    return DayLight(times.noon_ms, times.rise_ms, times.set_ms, tuple(trace))


def sun_elevation_deg(site: Site, at_ms: int) -> float:
    """Elevation of the sun's centre at the site, without refraction."""
    return float(elevation_deg(np.array([at_ms]), site.place, refracted=False)[0])


def sky_of(site: Site, now_ms: int) -> SkyView:
    """The sky over the site, in steps that an eye does not see."""
    light = day_light(site, now_ms)
    rising = light is None or now_ms < light.noon_ms
    return sky_at(round(sun_elevation_deg(site, now_ms) * 4) / 4, rising)
