"""Where the sun stands, and when it rises and sets (formulae: J. Meeus, Astronomical Algorithms, 2nd ed., ch. 12, 15, 22, 25).

The low-accuracy solar theory of chapter 25 with its reduced nutation, as the NOAA Solar Calculator uses it: 0.01 degrees between
1950 and 2050. UTC stands for UT1 and for TT; the 70 s between them are 0.0008 degrees of the sun's way.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.model.site import Place

Instants = NDArray[np.int64]
Degrees = NDArray[np.float64]

RISE_DEG = -0.833
"""Elevation of the sun's centre, without refraction, at sunrise and sunset: 34' refraction, 16' radius (Meeus ch. 15)."""
CIVIL_DEG = -6.0
"""End of civil twilight."""
NAUTICAL_DEG = -12.0
ASTRONOMICAL_DEG = -18.0
DARK_BELOW_DEG = -1.0
"""The sun's elevation below which generation is impossible; twilight before it gives no measurable power."""

DAY_MS = 86_400_000
J2000_MS = 946_728_000_000
"""2000-01-01T12:00Z, the epoch J2000.0 (taken as UTC)."""


@dataclass(frozen=True, slots=True)
class SunTimes:
    """Instants of one calendar day at a place, UTC milliseconds; None where it does not happen that day."""

    noon_ms: int
    """Upper transit: the sun stands highest."""
    rise_ms: int | None
    set_ms: int | None
    dawn_ms: int | None
    """Begin of civil twilight."""
    dusk_ms: int | None
    """End of civil twilight."""
    always_up: bool = False
    """The sun does not set on that day."""
    always_down: bool = False
    """The sun does not rise on that day."""


def position_deg(at_ms: Instants, place: Place, refracted: bool = True) -> tuple[Degrees, Degrees]:
    """Elevation above the horizon and azimuth clockwise from north, both in degrees."""
    declination, right_ascension = _equatorial(at_ms)
    hour_angle = _hour_angle(at_ms, right_ascension, place)
    latitude = np.radians(place.latitude)
    sin_elevation = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    elevation = np.degrees(np.arcsin(np.clip(sin_elevation, -1.0, 1.0)))
    south = np.arctan2(np.sin(hour_angle), np.cos(hour_angle) * np.sin(latitude) - np.tan(declination) * np.cos(latitude))
    azimuth = (np.degrees(south) + 180.0) % 360.0
    return (elevation + refraction_deg(elevation) if refracted else elevation), azimuth


def elevation_deg(at_ms: Instants, place: Place, refracted: bool = True) -> Degrees:
    """Elevation of the sun's centre above the horizon in degrees."""
    return position_deg(at_ms, place, refracted)[0]


def refraction_deg(elevation: Degrees) -> Degrees:
    """How much higher the sun looks than it stands (Saemundsson's formula, Meeus ch. 16, 1010 hPa and 10 degrees C).

    Below the horizon, where nothing is seen, the lift at -1 degree fades to 0 at -3.
    """
    height = np.maximum(elevation, -1.0)
    lift = 1.02 / 60 / np.tan(np.radians(height + 10.3 / (height + 5.11)))
    return np.maximum(lift, 0.0) * np.clip((elevation + 3.0) / 2.0, 0.0, 1.0)


def day_bounds_ms(day: date, timezone: str) -> tuple[int, int]:
    """First instant of a calendar day and of the next one; 23, 24 or 25 hours apart, sometimes other."""
    zone = ZoneInfo(timezone)
    first = datetime.combine(day, time(), zone)
    after = datetime.combine(day + timedelta(days=1), time(), zone)
    return round(first.timestamp() * 1000), round(after.timestamp() * 1000)


def sun_times(place: Place, day: date, timezone: str) -> SunTimes:
    """Rise, noon, set and civil twilight around the noon that falls on a calendar day."""
    noon_ms = _noon_ms(place, day, timezone)
    rise_ms, set_ms = _crossings(place, noon_ms, RISE_DEG)
    dawn_ms, dusk_ms = _crossings(place, noon_ms, CIVIL_DEG)
    noon_elevation = float(elevation_deg(np.array([noon_ms]), place, refracted=False)[0])
    never = rise_ms is None and set_ms is None
    return SunTimes(
        noon_ms, rise_ms, set_ms, dawn_ms, dusk_ms, never and noon_elevation > RISE_DEG, never and noon_elevation <= RISE_DEG
    )


def _equatorial(at_ms: Instants) -> tuple[Degrees, Degrees]:
    """Apparent declination and right ascension in radians (Meeus ch. 25, low accuracy)."""
    century = (at_ms - J2000_MS) / (36525.0 * DAY_MS)
    mean_longitude = 280.46646 + century * (36000.76983 + century * 0.0003032)
    anomaly = np.radians(357.52911 + century * (35999.05029 - century * 0.0001537))
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + century * 0.000014))
        + np.sin(2 * anomaly) * (0.019993 - century * 0.000101)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude = np.radians(mean_longitude + centre - 0.00569 - 0.00478 * np.sin(node))
    obliquity = np.radians(23.4392911 - century * 0.0130042 + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    right_ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    return declination, right_ascension


def _hour_angle(at_ms: Instants, right_ascension: Degrees, place: Place) -> Degrees:
    """Local hour angle in radians, west positive (sidereal time of Meeus ch. 12)."""
    days = (at_ms - J2000_MS) / DAY_MS
    sidereal = 280.46061837 + 360.98564736629 * days + 0.000387933 * (days / 36525.0) ** 2
    return np.radians(sidereal + place.longitude) - right_ascension


def _noon_ms(place: Place, day: date, timezone: str) -> int:
    """Upper transit on the calendar day: start from the middle of the day and walk by the hour angle."""
    first, after = day_bounds_ms(day, timezone)
    guess = (first + after) // 2
    for _ in range(4):
        at_ms = np.array([guess])
        angle = float(_hour_angle(at_ms, _equatorial(at_ms)[1], place)[0])
        guess -= round(((np.degrees(angle) + 180.0) % 360.0 - 180.0) / 360.0 * DAY_MS)
    return guess


def _crossings(place: Place, noon_ms: int, level_deg: float) -> tuple[int | None, int | None]:
    """When the sun passes a level, without refraction, within half a day before and after noon."""
    before = _crossing(place, noon_ms - DAY_MS // 2, noon_ms, level_deg)
    after = _crossing(place, noon_ms + DAY_MS // 2, noon_ms, level_deg)
    return before, after


def _crossing(place: Place, low_ms: int, high_ms: int, level_deg: float) -> int | None:
    """The instant between midnight and noon at which the level is passed, by halving; None if it is not."""
    ends = elevation_deg(np.array([low_ms, high_ms]), place, refracted=False)
    if not ends[0] < level_deg < ends[1]:
        return None
    for _ in range(24):
        middle = (low_ms + high_ms) // 2
        above = float(elevation_deg(np.array([middle]), place, refracted=False)[0]) >= level_deg
        low_ms, high_ms = (low_ms, middle) if above else (middle, high_ms)
    return high_ms
