"""What air, light and rain can be in Japan, by the name of the point; narrower than what a sensor can tell.

Air temperature: records -41.0 (Asahikawa 1902) and 41.8 degrees C (Isesaki 2025), and some more for a badly placed sensor.
Wind: strongest gust 91 m/s (Mt. Fuji 1966). Irradiance: BSRN's physically possible limits (Long and Dutton 2002), rounded; clouds
that edge the sun give up to 1.6 kW/m2. CO2: open air has 420 ppm, so less than 300 is a sensor's fault. Pressure: by height, 870
to 1,060 hPa at the sea.
"""

import re
from math import exp
from typing import Final

from backend.model import quantities as q
from backend.model.point import PointSpec
from backend.model.site import Place

CLIMATE: Final[dict[str, tuple[float, float]]] = {
    q.AMBIENT_TEMPERATURE.name: (-45.0, 50.0),
    q.MODULE_TEMPERATURE.name: (-50.0, 110.0),
    q.GLOBE_TEMPERATURE.name: (-45.0, 90.0),
    q.WBGT.name: (-45.0, 45.0),
    q.HUMIDITY.name: (0.0, 105.0),
    q.WIND_SPEED.name: (0.0, 95.0),
    q.IRRADIANCE.name: (-10.0, 1_600.0),
    q.PLANE_IRRADIANCE.name: (-10.0, 1_700.0),
    q.DIFFUSE_IRRADIANCE.name: (-10.0, 1_000.0),
    q.DIRECT_IRRADIANCE.name: (-10.0, 1_400.0),
    q.CO2.name: (300.0, 20_000.0),
    q.PM25.name: (0.0, 1_000.0),
    q.ILLUMINANCE.name: (0.0, 150_000.0),
}
"""Smallest and largest, in the stored unit."""
LIGHT_OF_NIGHT: Final = 20.0
"""W/m2 that a pyranometer may still show while the sun is down: its offset, and lamps."""
_OF_THE_SUN: Final = (q.IRRADIANCE.name, q.PLANE_IRRADIANCE.name, q.DIFFUSE_IRRADIANCE.name, q.DIRECT_IRRADIANCE.name)
_SEA_PA: Final = (85_000.0, 107_000.0)
_SCALE_M: Final = 8_400.0
"""The height over which the pressure of air falls to 1/e."""


def quantity(name: str) -> str:
    """What a point measures, whichever of several it is: ``irradiance`` of ``irradiance2``."""
    return re.sub(r"\d+$", "", name) if name not in q.QUANTITIES else name


def climate_of(spec: PointSpec, place: Place | None) -> tuple[float, float] | None:
    """Smallest and largest possible value; None where climate says nothing of it."""
    if quantity(spec.name) == q.PRESSURE.name and place is not None:
        share = exp(-place.elevation_m / _SCALE_M)
        return _SEA_PA[0] * share, _SEA_PA[1] * share
    return CLIMATE.get(quantity(spec.name))


def is_sunlight(spec: PointSpec) -> bool:
    """Whether there is none of it at night."""
    return quantity(spec.name) in _OF_THE_SUN
