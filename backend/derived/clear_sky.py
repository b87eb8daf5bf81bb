"""What a photovoltaic generator would give under a clear sky, from its place, size and orientation alone.

A chain of published formulae, each small enough to check: clear-sky irradiance (Haurwitz 1945, as in Reno et al., SAND2012-2389),
its beam and diffuse parts (Erbs et al. 1982), the tilted plane (isotropic sky, Liu and Jordan 1963), cell warmth (Ross 1976),
and direct and alternating power (PVWatts version 5, Dobos 2014, NREL/TP-6A20-62641). Turbidity, snow, shade and the day's real
temperature are not known here: it is a line to compare a day with, not a forecast.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from backend.model.node import Curve
from backend.model.site import Array, Place, Site
from backend.model.sun import DAY_MS, J2000_MS, day_bounds_ms, position_deg

STEP_MS = 5 * 60_000
SOLAR_CONSTANT = 1361.1
"""W/m2 at one astronomical unit (Gueymard 2018)."""
ALBEDO = 0.2
"""Share of light that the ground throws back; usual where the ground is not known."""
AMBIENT_C = 15.0
"""Air temperature taken for granted: a mild day."""
ROSS_K = 0.03
"""Kelvin that a cell is warmer than the air per W/m2, for a free-standing to roof-mounted module."""
TEMPERATURE_PER_K = -0.0035
"""Change of power per kelvin above 25 degrees C (PVWatts, premium modules)."""
SYSTEM_LOSS = 0.14
"""Soiling, wiring, mismatch, age … (PVWatts default)."""
INVERTER_EFFICIENCY = 0.96
"""Nominal, at full load (PVWatts default)."""
INVERTER_REFERENCE = 0.9637

Floats = NDArray[np.float64]


def curve_for(site: Site, day: date, ac_limit_w: float | None = None) -> Curve | None:
    """Clear-sky AC power over the site's calendar day in steps of 5 minutes; None for a site without a generator.

    ``ac_limit_w`` is what the inverters give at most; without it the installed power.
    """
    if site.pv is None:
        return None
    start_ms, end_ms = day_bounds_ms(day, site.timezone)
    middles = np.arange(start_ms + STEP_MS // 2, end_ms, STEP_MS, dtype=np.int64)
    power_w = ac_power_w(middles, site.place, site.pv, ac_limit_w)
    return Curve(start_ms, STEP_MS, tuple(float(value) for value in np.round(power_w, 1)))


def ac_power_w(at_ms: NDArray[np.int64], place: Place, pv: Array, ac_limit_w: float | None = None) -> Floats:
    """Clear-sky AC power of a generator in W at each instant."""
    irradiance = plane_irradiance(at_ms, place, pv)
    heat_k = AMBIENT_C + ROSS_K * irradiance - 25.0
    dc_w = pv.installed_kw * irradiance * (1.0 + TEMPERATURE_PER_K * heat_k) * (1.0 - SYSTEM_LOSS)
    return inverted_w(dc_w, pv.installed_kw * 1000.0 if ac_limit_w is None else ac_limit_w)


def plane_irradiance(at_ms: NDArray[np.int64], place: Place, pv: Array) -> Floats:
    """Clear-sky irradiance on the tilted plane in W/m2."""
    elevation, _ = position_deg(at_ms, place)
    return on_plane(haurwitz(np.sin(np.radians(np.maximum(elevation, 0.0)))), at_ms, place, pv)


def on_plane(horizontal: Floats, at_ms: NDArray[np.int64], place: Place, pv: Array) -> Floats:
    """Irradiance on the tilted plane from the global horizontal one, both in W/m2."""
    elevation, azimuth = position_deg(at_ms, place)
    sin_elevation = np.sin(np.radians(np.maximum(elevation, 0.0)))
    diffuse = horizontal * erbs_diffuse_share(horizontal, sin_elevation, at_ms)
    beam = np.divide(horizontal - diffuse, sin_elevation, out=np.zeros_like(horizontal), where=elevation > 3.0)
    tilt = np.radians(pv.tilt_deg)
    incidence = sin_elevation * np.cos(tilt) + np.cos(np.radians(elevation)) * np.sin(tilt) * np.cos(
        np.radians(azimuth - pv.azimuth_deg)
    )
    sky = diffuse * (1.0 + np.cos(tilt)) / 2.0
    ground = horizontal * ALBEDO * (1.0 - np.cos(tilt)) / 2.0
    return beam * np.maximum(incidence, 0.0) + sky + ground


def haurwitz(sin_elevation: Floats) -> Floats:
    """Global horizontal irradiance of a clear sky in W/m2 (constants as in SAND2012-2389, equation 12)."""
    height = np.maximum(sin_elevation, 1e-3)
    return np.where(sin_elevation > 1e-3, 1098.0 * height * np.exp(-0.059 / height), 0.0)


def erbs_diffuse_share(horizontal: Floats, sin_elevation: Floats, at_ms: NDArray[np.int64]) -> Floats:
    """Diffuse share of the global horizontal irradiance by the clearness index (Erbs et al. 1982)."""
    outside = extraterrestrial(at_ms) * np.maximum(sin_elevation, 0.065)
    clearness = np.clip(horizontal / outside, 0.0, 1.0)
    middle = 0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4
    return np.where(clearness <= 0.22, 1.0 - 0.09 * clearness, np.where(clearness <= 0.8, middle, 0.165))


def extraterrestrial(at_ms: NDArray[np.int64]) -> Floats:
    """Irradiance outside the atmosphere in W/m2 (eccentricity by Spencer 1971)."""
    day = 2.0 * np.pi * ((at_ms - J2000_MS) / DAY_MS % 365.2425) / 365.2425
    return SOLAR_CONSTANT * (
        1.00011 + 0.034221 * np.cos(day) + 0.00128 * np.sin(day) + 0.000719 * np.cos(2 * day) + 0.000077 * np.sin(2 * day)
    )


def inverted_w(dc_w: Floats, ac_limit_w: float) -> Floats:
    """AC power in W of an inverter with a typical part-load curve that clips at ``ac_limit_w`` (PVWatts version 5)."""
    limit_dc_w = ac_limit_w / INVERTER_EFFICIENCY
    load = np.maximum(dc_w / limit_dc_w, 1e-6)
    efficiency = INVERTER_EFFICIENCY / INVERTER_REFERENCE * (-0.0162 * load - 0.0059 / load + 0.9858)
    return np.clip(efficiency * dc_w, 0.0, ac_limit_w)
