"""The clear-sky curve against pvlib, and its behaviour at the edges."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.derived.clear_sky import ac_power_w, curve_for, erbs_diffuse_share, haurwitz, inverted_w, plane_irradiance
from backend.model.node import Curve
from backend.model.site import Array, Place, Site
from backend.model.sun import position_deg, sun_times

TOKYO = Place(35.681, 139.767)
SYDNEY = Place(-33.87, 151.21)
SUN_TOKYO = (TOKYO, "Asia/Tokyo")
SUN_SYDNEY = (SYDNEY, "Australia/Sydney")
SOUTH = Array(20.0, 20.0, 180.0)
EAST = Array(10.0, 30.0, 90.0)
NORTH = Array(50.0, 20.0, 0.0)


def curve(place: Place, zone: str, array: Array, day: str, ac_limit_w: float | None = None) -> Curve:
    result = curve_for(Site("s", {}, place, zone, array), date.fromisoformat(day), ac_limit_w)
    assert result is not None
    return result


def energy_kwh(curve: Curve) -> float:
    return sum(curve.power_w) * curve.step_ms / 3_600_000 / 1000


@pytest.mark.parametrize(
    ("where", "array", "day", "peak_w", "total_kwh", "at_hours"),
    [
        (SUN_TOKYO, SOUTH, "2026-11-23", 11_746, 74.98, {7: 1555, 9: 8830, 12: 11_572, 15: 5181, 17: 0}),
        (SUN_TOKYO, SOUTH, "2026-06-21", 15_698, 131.62, {7: 6765, 9: 12_651, 12: 15_651, 15: 10_998, 17: 4397}),
        (SUN_TOKYO, EAST, "2026-03-20", 6556, 44.93, {7: 3795, 9: 6299, 12: 5656, 15: 1531, 17: 484}),
        (SUN_SYDNEY, NORTH, "2026-12-21", 39_117, 327.1, {7: 6442, 9: 23_578, 12: 38_345, 15: 34_084, 17: 21_067}),
    ],
)
def test_power_equals_the_same_chain_built_from_pvlib(
    where: tuple[Place, str], array: Array, day: str, peak_w: float, total_kwh: float, at_hours: dict[int, float]
) -> None:
    """Figures: pvlib 0.16.1 (haurwitz, erbs, get_total_irradiance isotropic, pvwatts_dc, inverter.pvwatts), middles of 5 min."""
    result = curve(*where, array, day)
    assert max(result.power_w) == pytest.approx(peak_w, rel=0.005)
    assert energy_kwh(result) == pytest.approx(total_kwh, rel=0.005)
    for hour, power_w in at_hours.items():
        assert result.power_w[hour * 12] == pytest.approx(power_w, abs=0.005 * peak_w)


@pytest.mark.parametrize(
    ("where", "array", "day", "total_kwh"),
    [
        (SUN_TOKYO, SOUTH, "2026-11-23", 80.41),
        (SUN_TOKYO, SOUTH, "2026-06-21", 121.57),
        (SUN_TOKYO, EAST, "2026-03-20", 45.49),
        (SUN_SYDNEY, NORTH, "2026-12-21", 334.66),
    ],
)
def test_energy_is_near_that_of_a_model_with_turbidity(
    where: tuple[Place, str], array: Array, day: str, total_kwh: float
) -> None:
    """Figures: the same chain from pvlib 0.16.1 with the Ineichen clear sky and its own Linke turbidity."""
    assert energy_kwh(curve(*where, array, day)) == pytest.approx(total_kwh, rel=0.1)


def test_the_curve_covers_the_calendar_day_in_the_site_s_zone() -> None:
    assert len(curve(TOKYO, "Asia/Tokyo", SOUTH, "2026-11-23").power_w) == 288
    assert len(curve(SYDNEY, "Australia/Sydney", NORTH, "2026-10-04").power_w) == 276
    assert len(curve(SYDNEY, "Australia/Sydney", NORTH, "2026-04-05").power_w) == 300


def test_a_site_without_a_generator_has_no_curve() -> None:
    assert curve_for(Site("s", {}, TOKYO, "Asia/Tokyo"), date(2026, 6, 21)) is None


def test_inverters_clip() -> None:
    clipped = curve(TOKYO, "Asia/Tokyo", SOUTH, "2026-06-21", 12_000.0)
    assert max(clipped.power_w) == 12_000.0
    assert sum(value == 12_000.0 for value in clipped.power_w) > 12


def test_nothing_is_made_while_the_sun_is_down() -> None:
    result = curve(TOKYO, "Asia/Tokyo", SOUTH, "2026-11-23")
    times = sun_times(TOKYO, date(2026, 11, 23), "Asia/Tokyo")
    assert times.rise_ms is not None
    assert times.set_ms is not None
    for i, power_w in enumerate(result.power_w):
        at_ms = result.start_ms + (i + 0.5) * result.step_ms
        if not times.rise_ms <= at_ms <= times.set_ms:
            assert power_w == 0


@given(
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.floats(0, 90),
    st.floats(0, 360),
    st.integers(1_577_836_800_000, 1_893_456_000_000),
)
def test_irradiance_stays_possible_everywhere(latitude: float, longitude: float, tilt: float, azimuth: float, at_ms: int) -> None:
    place, pv = Place(latitude, longitude), Array(10.0, tilt, azimuth)
    at = np.array([at_ms], np.int64)
    irradiance = float(plane_irradiance(at, place, pv)[0])
    assert 0 <= irradiance < 1500
    assert 0 <= float(ac_power_w(at, place, pv)[0]) <= 10_000
    if position_deg(at, place)[0][0] <= 0:
        assert irradiance == 0


def test_formulae_at_single_points() -> None:
    """By hand: 1098 x exp(-0.059) at the zenith; Erbs at clearness 0 and above 0.8."""
    assert haurwitz(np.array([1.0, 0.0])).tolist() == pytest.approx([1035.09, 0.0], abs=0.01)
    noon = np.array([1_795_400_833_333], np.int64)
    assert erbs_diffuse_share(np.array([0.0]), np.array([0.5]), noon)[0] == 1.0
    assert erbs_diffuse_share(np.array([700.0]), np.array([0.55]), noon)[0] == 0.165
    assert inverted_w(np.array([0.0, 10_000 / 0.96, 20_000.0]), 10_000.0).tolist() == pytest.approx(
        [0.0, 10_000.0, 10_000.0], rel=1e-3
    )
