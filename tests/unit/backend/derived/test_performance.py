"""Performance ratio by hand, and irradiance turned to the plane as for the clear sky."""

import math

import numpy as np
import pytest

from backend.derived.clear_sky import haurwitz, plane_irradiance
from backend.derived.performance import performance_ratio, plane_of_horizontal
from backend.model.site import Array, Place
from backend.model.sun import elevation_deg

NOON_MS = 1_716_260_400_000
"""2024-05-21 12:00 in Japan."""
PLACE = Place(35.6585, 139.454)


def test_the_ratio_of_a_moment() -> None:
    """28 kW of 50 kW at 700 W/m2: 28 / (50 * 0.7)."""
    assert performance_ratio(28_000.0, 50.0, 700.0) == pytest.approx(80.0)


@pytest.mark.parametrize("irradiance", [99.9, 0.0, -3.0, math.nan])
def test_there_is_none_in_weak_light(irradiance: float) -> None:
    assert math.isnan(performance_ratio(1000.0, 50.0, irradiance))


def test_a_flat_generator_sees_what_the_sensor_sees() -> None:
    assert plane_of_horizontal(600.0, NOON_MS, PLACE, Array(20.0, tilt_deg=0.0)) == pytest.approx(600.0, abs=0.5)


def test_a_clear_sky_is_turned_like_the_clear_sky_curve() -> None:
    at_ms, array = np.array([NOON_MS]), Array(20.0, 30.0, 170.0)
    horizontal = float(haurwitz(np.sin(np.radians(elevation_deg(at_ms, PLACE))))[0])
    assert plane_of_horizontal(horizontal, NOON_MS, PLACE, array) == pytest.approx(plane_irradiance(at_ms, PLACE, array)[0])
