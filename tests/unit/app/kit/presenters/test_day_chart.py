"""The day's hill, arc and hours as shares of a chart."""

from dataclasses import replace

import numpy as np

from app.kit.i18n import texts_for
from app.kit.presenters.day_chart import DayChart, make_chart
from app.kit.presenters.daylight import day_light, sun_elevation_deg
from backend.model.site import Place
from tests.support.snapshots import NOON, at, school, site_day


def chart(moment: str = NOON, gap: bool = False) -> DayChart:
    site, now_ms = school(), at(moment)
    return make_chart(site, site_day(now_ms, site, gap=gap), day_light(site, now_ms), now_ms, texts_for("ja"))


def test_everything_stays_inside_the_chart() -> None:
    for moment in (NOON, "2026-06-21T18:30:00+09:00", "2026-12-22T23:59:00+09:00"):
        found = chart(moment)
        places = [*found.arc, *found.clear, *(place for hill in found.hills for place in hill)]
        assert all(-0.001 <= x <= 1.001 and 0 <= y <= 1 for x, y in places)


def test_hours_are_named_in_the_language_and_stand_in_order() -> None:
    found = chart()
    assert [text for _, text in found.hours] == ["6時", "9時", "12時", "15時"]
    assert [x for x, _ in found.hours] == sorted(x for x, _ in found.hours)


def test_the_sun_stands_on_its_arc_and_is_gone_at_night() -> None:
    sun = chart().sun
    assert sun is not None
    assert 0.9 < sun[1] <= 1.0
    assert chart("2026-11-23T20:00:00+09:00").sun is None


def test_a_summers_arc_is_higher_than_a_winters() -> None:
    assert max(y for _, y in chart("2026-06-21T12:00:00+09:00").arc) > max(y for _, y in chart().arc)


def test_the_hill_ends_at_the_last_measurement_and_breaks_at_gaps() -> None:
    found = chart()
    assert found.now is not None
    assert abs(found.hills[-1][-1][0] - found.now) < 0.02
    assert len(chart(gap=True).hills) == 2


def test_a_place_without_sunrise_has_a_chart_of_the_whole_day() -> None:
    now_ms = at("2026-12-21T12:00:00+01:00")
    site = replace(school(), place=Place(78.2, 15.6), timezone="Europe/Oslo")
    found = make_chart(site, None, day_light(site, now_ms), now_ms, texts_for("en"))
    assert found.arc == ()
    assert found.sun is None
    assert found.hours[0] == (0.0, "0:00")


def test_close_measurements_are_averaged() -> None:
    site, now_ms = school(), at(NOON)
    day = site_day(now_ms, site)
    fine = np.arange(int(day.at_ms[0]), now_ms, 5_000, dtype=np.int64)
    found = make_chart(
        site, replace(day, at_ms=fine, power_w=np.full(len(fine), 5_000.0)), day_light(site, now_ms), now_ms, texts_for("ja")
    )
    assert len(found.hills) == 1
    assert len(found.hills[0]) < 90


def test_daylight_of_a_known_day() -> None:
    light = day_light(school(), at(NOON))
    assert light is not None
    assert abs(light.rise_ms - at("2026-11-23T06:25:00+09:00")) < 120_000
    assert abs(light.set_ms - at("2026-11-23T16:30:00+09:00")) < 120_000
    assert abs(sun_elevation_deg(school(), light.set_ms) + 0.833) < 0.05
