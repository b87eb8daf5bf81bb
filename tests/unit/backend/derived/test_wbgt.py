"""WBGT against published figures and formulae, and figures computed by hand."""

import math

import numpy as np
import pytest

from backend.derived.wbgt import natural_wet_bulb, wbgt_of_globe, wbgt_of_sun, wet_bulb


def test_wet_bulb_of_the_example_in_the_paper() -> None:
    """Stull (2011), section 2: 20 degrees C and 50 % give 13.7 degrees C."""
    assert wet_bulb(20.0, 50.0) == pytest.approx(13.7, abs=0.05)


@pytest.mark.parametrize(
    ("temperature_c", "humidity", "expected"),
    [(30.0, 40.0, 20.1), (30.0, 80.0, 27.1), (35.0, 50.0, 26.2), (10.0, 70.0, 7.3)],
)
def test_wet_bulb_of_psychrometric_tables(temperature_c: float, humidity: float, expected: float) -> None:
    """Psychrometric chart at 1013 hPa; Stull's own error reaches 0.65 degrees C."""
    assert wet_bulb(temperature_c, humidity) == pytest.approx(expected, abs=0.65)


@pytest.mark.parametrize(
    ("temperature_c", "humidity", "irradiance", "wind", "expected"),
    [
        (35.0, 50.0, 800.0, 2.0, 31.70532),
        (30.0, 80.0, 0.0, 0.0, 27.986),
        (20.0, 60.0, 400.0, 1.5, 18.61668),
    ],
)
def test_outdoors_term_by_term(temperature_c: float, humidity: float, irradiance: float, wind: float, expected: float) -> None:
    """Ono and Tonouchi (2014), each term worked out by hand.

    First row: 25.725 + 1.87 + 5.11 + 6.0952 - 2.91648 - 0.1144 - 4.064;
    last: 14.7 + 2.244 + 3.504 + 3.0476 - 0.72912 - 0.0858 - 4.064.
    """
    assert wbgt_of_sun(temperature_c, humidity, irradiance, wind) == pytest.approx(expected, abs=1e-6)


def test_outdoors_at_night_agrees_with_the_definition() -> None:
    """Without sun, globe and air are equally warm: 0.7 Tw + 0.3 Ta; the paper claims 1 degree C for 98 % of its estimates."""
    for temperature_c, humidity in [(20.0, 60.0), (25.0, 70.0), (28.0, 85.0), (32.0, 60.0)]:
        defined = 0.7 * wet_bulb(temperature_c, humidity) + 0.3 * temperature_c
        assert wbgt_of_sun(temperature_c, humidity, 0.0, 1.0) == pytest.approx(defined, abs=1.0)


def test_whole_days_are_computed_at_once() -> None:
    light = np.array([0.0, 800.0])
    several = wbgt_of_sun(np.full(2, 35.0), np.full(2, 50.0), light, np.full(2, 2.0))
    assert several[1] == pytest.approx(31.70532, abs=1e-6)


@pytest.mark.parametrize("wind", [0.3, 1.0, 2.9])
def test_globe_without_radiant_heat_is_the_indoor_formula(wind: float) -> None:
    """Lemke and Kjellstrom (2012), equation 3: 0.67 Tpwb + 0.33 Ta - 0.048 log10(v) (Ta - Tpwb)."""
    temperature_c, humidity = 32.0, 55.0
    wet_c = wet_bulb(temperature_c, humidity)
    published = 0.67 * wet_c + 0.33 * temperature_c - 0.048 * math.log10(wind) * (temperature_c - wet_c)
    assert wbgt_of_globe(temperature_c, humidity, temperature_c, wind) == pytest.approx(published, abs=0.05)


@pytest.mark.parametrize(("wind", "warmer"), [(0.05, 1.1), (0.5, 0.1 / 0.5**1.1 - 0.2), (2.0, -0.1)])
def test_radiant_heat_warms_the_wet_bulb(wind: float, warmer: float) -> None:
    """Bernard and Pourmoghani (1999): Tpwb + 0.25 (Tg - Ta) + e."""
    assert natural_wet_bulb(30.0, 50.0, 46.0, wind) == pytest.approx(wet_bulb(30.0, 50.0) + 4.0 + warmer)
