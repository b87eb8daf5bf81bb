"""The sun against published positions and times."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.site import Place
from backend.model.sun import day_bounds_ms, elevation_deg, position_deg, refraction_deg, sun_times

TOKYO = Place(35.681, 139.767)
GOLDEN = Place(39.742, -105.18)
SYDNEY = Place(-33.87, 151.21)
SAPPORO = Place(43.06, 141.35)
REYKJAVIK = Place(64.15, -21.94)
TROMSO = Place(69.65, 18.96)


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def at(text: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([instant(text)], np.int64)


def test_the_worked_example_of_the_solar_position_algorithm() -> None:
    """Reda and Andreas, NREL/TP-560-34302, table A5.1: elevation 39.872046 before refraction, azimuth 194.340241."""
    place = Place(39.742476, -105.1786, 1830.14)
    elevation, azimuth = position_deg(at("2003-10-17T12:30:30-07:00"), place, refracted=False)
    assert elevation[0] == pytest.approx(39.872046, abs=0.01)
    assert azimuth[0] == pytest.approx(194.340241, abs=0.01)
    times = sun_times(place, date(2003, 10, 17), "Etc/GMT+7")
    assert times.noon_ms == pytest.approx(instant("2003-10-17T11:46:05-07:00"), abs=3000)
    assert times.rise_ms == pytest.approx(instant("2003-10-17T06:12:43-07:00"), abs=3000)
    # The report works by UTC days: its sunset of 17:20:19 is that of the evening before.
    times = sun_times(place, date(2003, 10, 16), "Etc/GMT+7")
    assert times.set_ms == pytest.approx(instant("2003-10-16T17:20:19-07:00"), abs=3000)


@pytest.mark.parametrize(
    ("place", "when", "true", "apparent", "azimuth"),
    [
        (TOKYO, "2026-11-23T02:42:00Z", 33.8885, 33.9136, 184.1761),
        (TOKYO, "2026-06-21T22:00:00Z", 28.5649, 28.5957, 80.4119),
        (TOKYO, "2026-11-23T07:20:00Z", 0.9948, 1.3577, 243.8404),
        (GOLDEN, "2026-03-20T18:00:00Z", 47.3772, 47.3927, 154.3877),
        (SYDNEY, "2026-12-21T03:00:00Z", 72.0215, 72.027, 301.1038),
        (TROMSO, "2026-06-21T22:30:00Z", 3.1294, 3.3513, 356.3083),
        (TROMSO, "2026-12-21T10:45:00Z", -3.0906, -3.0906, 180.6435),
        (Place(-0.18, -78.47), "2026-09-23T17:00:00Z", 88.4523, 88.4528, 93.4929),
        (SAPPORO, "2040-01-15T00:30:00Z", 18.7387, 18.7876, 147.1741),
    ],
)
def test_positions_equal_those_of_pvlib(place: Place, when: str, true: float, apparent: float, azimuth: float) -> None:
    """Figures: pvlib 0.16.1, solarposition.spa_python, sea level, 1010 hPa, 10 degrees C, delta T 69 s."""
    elevation, direction = position_deg(at(when), place, refracted=False)
    assert elevation[0] == pytest.approx(true, abs=0.01)
    assert elevation_deg(at(when), place)[0] == pytest.approx(apparent, abs=0.02)
    assert direction[0] == pytest.approx(azimuth, abs=0.03 / np.cos(np.radians(true)))


@pytest.mark.parametrize(
    ("place", "zone", "day", "dawn", "rise", "sets", "dusk"),
    [
        (TOKYO, "Asia/Tokyo", "2026-11-23", "05:56:35+09:00", "06:24:10+09:00", "16:29:58+09:00", "16:57:33+09:00"),
        (GOLDEN, "America/Denver", "2026-03-20", "06:37:02-06:00", "07:03:55-06:00", "19:12:53-06:00", "19:39:50-06:00"),
        (SYDNEY, "Australia/Sydney", "2026-12-21", "05:11:29+11:00", "05:40:39+11:00", "20:05:24+11:00", "20:34:34+11:00"),
        (SAPPORO, "Asia/Tokyo", "2026-06-21", "03:19:46+09:00", "03:55:13+09:00", "19:17:27+09:00", "19:52:54+09:00"),
        (REYKJAVIK, "Atlantic/Reykjavik", "2026-03-21", "06:37:17+00:00", "07:25:04+00:00", "19:46:23+00:00", "20:34:27+00:00"),
    ],
)
def test_rise_and_set_equal_those_found_with_pvlib(
    place: Place, zone: str, day: str, dawn: str, rise: str, sets: str, dusk: str
) -> None:
    """Figures: where the elevation by pvlib 0.16.1 (spa_python) passes -0.8333 and -6 degrees."""
    times = sun_times(place, date.fromisoformat(day), zone)
    found = (times.dawn_ms, times.rise_ms, times.set_ms, times.dusk_ms)
    for moment, expected in zip(found, (dawn, rise, sets, dusk), strict=True):
        assert moment == pytest.approx(instant(f"{day}T{expected}"), abs=5000)


def test_polar_day_and_polar_night() -> None:
    summer = sun_times(TROMSO, date(2026, 6, 21), "Europe/Oslo")
    assert (summer.rise_ms, summer.set_ms, summer.always_up, summer.always_down) == (None, None, True, False)
    winter = sun_times(TROMSO, date(2026, 12, 21), "Europe/Oslo")
    assert (winter.rise_ms, winter.set_ms, winter.always_up, winter.always_down) == (None, None, False, True)
    assert winter.dawn_ms is not None
    assert winter.dusk_ms is not None


@given(st.integers(-3000, 9000), st.sampled_from(["Asia/Tokyo", "America/Denver", "Australia/Lord_Howe", "UTC"]))
def test_the_day_is_in_order_and_noon_is_highest(offset: int, zone: str) -> None:
    places = {
        "Asia/Tokyo": TOKYO,
        "America/Denver": GOLDEN,
        "Australia/Lord_Howe": Place(-31.55, 159.08),
        "UTC": Place(51.5, 0.0),
    }
    day = date.fromordinal(date(2026, 1, 1).toordinal() + offset)
    times = sun_times(places[zone], day, zone)
    start_ms, end_ms = day_bounds_ms(day, zone)
    assert start_ms <= times.noon_ms < end_ms
    assert times.dawn_ms is not None
    assert times.rise_ms is not None
    assert times.set_ms is not None
    assert times.dusk_ms is not None
    assert times.dawn_ms < times.rise_ms < times.noon_ms < times.set_ms < times.dusk_ms
    around = elevation_deg(times.noon_ms + np.array([-1_800_000, 0, 1_800_000]), places[zone])
    assert around[1] > max(around[0], around[2])


def test_days_may_last_23_or_25_hours() -> None:
    lengths = [day_bounds_ms(date(2026, 3, 29), "Europe/Berlin"), day_bounds_ms(date(2026, 10, 25), "Europe/Berlin")]
    assert [(end - start) // 3_600_000 for start, end in lengths] == [23, 25]


def test_refraction_lifts_the_horizon_by_half_a_degree_and_has_no_jump() -> None:
    elevation = np.arange(-5.0, 90.0, 0.001)
    lift = refraction_deg(elevation)
    assert refraction_deg(np.array([0.0]))[0] == pytest.approx(0.48, abs=0.02)
    assert np.abs(np.diff(lift)).max() < 0.001
    assert (np.diff(elevation + lift) > 0).all()
