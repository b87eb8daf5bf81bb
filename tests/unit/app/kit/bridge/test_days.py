"""Today's curve: sums of what is known, never of what is not."""

from datetime import date

import numpy as np
import pytest

from app.kit.bridge.days import Span, build_day
from backend.model.node import Curve
from backend.store.contract import Rollup

NOON_MS = 1_795_402_800_000  # 2026-11-23 12:00 in Tokyo
SPAN = Span.around(NOON_MS, "Asia/Tokyo")
MINUTE = 60_000


def rollup(first_ms: int, values: list[float]) -> Rollup:
    mean = np.array(values)
    start = first_ms + MINUTE * np.arange(len(values), dtype=np.int64)
    return Rollup(start, mean, mean, mean, np.full(len(values), np.nan), np.where(np.isnan(mean), 0.0, 1.0))


def test_a_day_is_a_calendar_day_of_the_zone():
    assert SPAN.day == date(2026, 11, 23)
    assert NOON_MS - SPAN.start_ms == 12 * 3_600_000
    assert Span.around(1_774_756_800_000, "Europe/Berlin").bins == 23 * 12  # clocks go forward on 2026-03-29


def test_inverters_are_added_up_in_steps_of_five_minutes():
    curves = [rollup(NOON_MS - 10 * MINUTE, [1000.0] * 10), rollup(NOON_MS - 10 * MINUTE, [500.0] * 5 + [700.0] * 5)]
    day = build_day(SPAN, curves, [3000.0, 1500.0], None, NOON_MS)
    assert day.power_w.tolist() == [1500.0, 1700.0]
    assert day.at_ms.tolist() == [NOON_MS - 450_000, NOON_MS - 150_000]
    assert (day.energy_wh, day.complete) == (4500.0, True)


def test_a_missing_inverter_makes_the_sum_unknown_and_the_day_partial():
    curves = [rollup(NOON_MS - 20 * MINUTE, [1000.0] * 20), rollup(NOON_MS - 20 * MINUTE, [500.0] * 10)]
    day = build_day(SPAN, curves, [3000.0, None], None, NOON_MS)
    assert day.power_w[:2].tolist() == [1500.0, 1500.0]
    assert np.isnan(day.power_w[2:]).all()
    assert (day.energy_wh, day.complete) == (3000.0, False)


def test_in_the_dark_a_silent_inverter_is_asleep():
    clear = Curve(SPAN.start_ms, 3_600_000, tuple([0.0] * 7 + [5000.0] * 10 + [0.0] * 8))
    evening_ms = SPAN.start_ms + 20 * 3_600_000
    curves = [rollup(evening_ms, [3.0] * 5), rollup(evening_ms - 3_600_000, [])]
    day = build_day(SPAN, curves, [1.0, 1.0], clear, evening_ms + 5 * MINUTE)
    assert day.power_w.tolist() == [3.0]
    assert day.complete is False  # nothing is known of the daylight hours
    assert len(day.clear_w) == 25


def test_nothing_known_is_no_zero():
    day = build_day(SPAN, [rollup(NOON_MS, [])], [None], None, NOON_MS)
    assert day.energy_wh is None
    assert len(day.power_w) == 0
    assert day.complete is False


@pytest.mark.filterwarnings("error")
def test_minutes_without_good_values_are_unknown():
    curves = [rollup(NOON_MS - 10 * MINUTE, [np.nan] * 5 + [800.0] * 5)]
    day = build_day(SPAN, curves, [10.0], None, NOON_MS)
    assert day.power_w.tolist() == [800.0]


def test_a_day_is_known_until_the_last_minute_in_which_any_inverter_was_heard():
    curves = [rollup(NOON_MS - 20 * MINUTE, [1000.0] * 18 + [np.nan] * 2), rollup(NOON_MS - 20 * MINUTE, [500.0] * 10)]
    assert build_day(SPAN, curves, [3000.0, 1.0], None, NOON_MS).heard_ms == NOON_MS - 3 * MINUTE
    assert build_day(SPAN, [rollup(NOON_MS, [])], [None], None, NOON_MS).heard_ms is None
