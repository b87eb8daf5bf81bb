"""Checks of readings: range, numbers that are none, night, and the future."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag, Quality
from backend.model.site import Array, Place, Site
from backend.quality.checks import Checks
from backend.quality.limits import PointLimits, limits_for

TOKYO = Place(35.681, 139.767)
SITE = Site("s", {}, TOKYO, "Asia/Tokyo", Array(20.0))
INVERTER = Device("s/pv", "s", DeviceKind.INVERTER, {}, "sunspec://x", rated_w=10_000.0)
AC = PointSpec("ac_power", Unit.WATT)
NOW = round(datetime.fromisoformat("2026-11-23T12:00:00+09:00").timestamp() * 1000)
NIGHT = round(datetime.fromisoformat("2026-11-23T20:00:00+09:00").timestamp() * 1000)


def rows(*values: float, point: int = 1, at_ms: int = NOW, quality: Quality = Quality.GOOD) -> Columns:
    size = len(values)
    return Columns(
        np.full(size, point, np.int32),
        np.full(size, at_ms, np.int64),
        np.array(values, np.float64),
        np.full(size, quality, np.uint32),
        np.zeros(size, np.uint8),
    )


def checks(limits: PointLimits, point: int = 1) -> Checks:
    result = Checks()
    result.define(point, limits)
    return result


def test_what_is_in_order_comes_back_untouched() -> None:
    columns = rows(0.0, 5.0, 10.0)
    assert checks(PointLimits(0.0, 10.0)).apply(columns, NOW) is columns


def test_values_beyond_the_limits_become_uncertain_and_keep_their_number() -> None:
    result = checks(PointLimits(0.0, 10.0)).apply(rows(-0.1, 0.0, 10.0, 10.1), NOW)
    out = Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED
    assert result.quality.tolist() == [out, Quality.GOOD, Quality.GOOD, out]
    assert result.value.tolist() == [-0.1, 0.0, 10.0, 10.1]
    assert result.quality.dtype == np.uint32


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_becomes_bad_and_absent(value: float) -> None:
    result = checks(PointLimits()).apply(rows(value, 3.0), NOW)
    assert result.quality.tolist() == [Quality.BAD_DEVICE_FAILURE, Quality.GOOD]
    assert np.isnan(result.value[0])


@pytest.mark.parametrize("quality", [Quality.BAD_NOT_SUPPORTED, Quality.BAD_NO_COMMUNICATION])
def test_a_reason_that_the_driver_gave_stays(quality: Quality) -> None:
    assert checks(PointLimits(0, 10)).apply(rows(float("nan"), quality=quality), NOW).quality.tolist() == [quality]


def test_an_operator_s_override_and_other_uncertain_values_stay() -> None:
    for quality in (Quality.GOOD_LOCAL_OVERRIDE, Quality.UNCERTAIN_LAST_USABLE_VALUE):
        assert checks(PointLimits(0, 10)).apply(rows(99.0, quality=quality), NOW).quality.tolist() == [quality]


def test_times_from_the_future_make_the_clock_suspect() -> None:
    check = checks(PointLimits())
    assert check.apply(rows(1.0, at_ms=NOW + 300_000), NOW).flags.tolist() == [0]
    result = check.apply(rows(1.0, at_ms=NOW + 300_001), NOW)
    assert result.flags.tolist() == [Flag.CLOCK_SUSPECT]
    assert result.quality.tolist() == [Quality.GOOD]


def test_generation_at_night_is_judged_at_the_reading_s_own_time() -> None:
    check = checks(limits_for(INVERTER, AC, SITE))
    out = Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED
    assert check.apply(rows(8000.0, at_ms=NOW), NOW).quality.tolist() == [Quality.GOOD]
    assert check.apply(rows(8000.0, at_ms=NIGHT), NIGHT).quality.tolist() == [out]
    assert check.apply(rows(150.0, at_ms=NIGHT), NIGHT).quality.tolist() == [Quality.GOOD]
    assert check.apply(rows(8000.0, at_ms=NOW), NIGHT).quality.tolist() == [Quality.GOOD]


def test_generation_after_sunset_within_an_hour_that_began_bright_is_found() -> None:
    check = checks(limits_for(INVERTER, AC, SITE))
    bright, dark = (round(datetime.fromisoformat(f"2026-11-23T16:{m}:00+09:00").timestamp() * 1000) for m in ("05", "55"))
    assert check.apply(rows(3000.0, at_ms=bright), dark).quality.tolist() == [Quality.GOOD]
    assert check.apply(rows(3000.0, at_ms=dark), dark).quality.tolist() != [Quality.GOOD]


def test_a_site_that_moved_is_judged_by_its_new_place() -> None:
    check = checks(limits_for(INVERTER, AC, SITE))
    assert check.apply(rows(8000.0), NOW).quality.tolist() == [Quality.GOOD]
    check.define(1, limits_for(INVERTER, AC, Site("s", {}, Place(39.742, -105.18), "America/Denver")))
    assert check.apply(rows(8000.0), NOW).quality.tolist() != [Quality.GOOD]


def test_limits_of_an_inverter_come_from_its_nameplate() -> None:
    assert limits_for(INVERTER, AC, SITE) == PointLimits(-500.0, 12_000.0, 200.0, TOKYO)
    assert limits_for(INVERTER, PointSpec("mppt1_dc_power", Unit.WATT), SITE) == PointLimits(-500.0, 15_000.0)
    assert limits_for(INVERTER, PointSpec("ac_power", Unit.WATT, low=0.0, high=9000.0), SITE).high == 9000.0
    assert limits_for(INVERTER, PointSpec("frequency", Unit.HERTZ, low=40, high=70), SITE) == PointLimits(40, 70)


def test_without_a_nameplate_the_site_s_size_counts_and_without_both_only_the_table() -> None:
    bare = Device("s/pv", "s", DeviceKind.INVERTER, {}, "sunspec://x")
    assert limits_for(bare, AC, SITE).high == 24_000.0
    assert limits_for(bare, AC, None) == PointLimits()
    assert limits_for(Device("s/m", "s", DeviceKind.METER, {}, "x", rated_w=1.0), AC, SITE) == PointLimits()


def test_points_may_have_any_number_and_limits_may_change() -> None:
    check = checks(PointLimits(0, 1), point=5000)
    assert check.apply(rows(2.0, point=5000), NOW).quality.tolist() != [0]
    check.define(5000, PointLimits(0, 3))
    assert check.apply(rows(2.0, point=5000), NOW).quality.tolist() == [0]


def test_a_number_beyond_all_defined_ones_has_no_limits() -> None:
    assert Checks().apply(rows(1e9, point=1_000_000), NOW).quality.tolist() == [0]


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(allow_nan=True), st.sampled_from(Quality)), max_size=50))
def test_nothing_good_is_ever_out_of_range(readings: list[tuple[int, float, Quality]]) -> None:
    check = Checks()
    for number in range(6):
        check.define(number, PointLimits(-number * 10.0, number * 10.0))
    numbers, values, qualities = zip(*readings, strict=True) if readings else ((), (), ())
    size = len(readings)
    columns = Columns(
        np.array(numbers, np.int32),
        np.full(size, NOW, np.int64),
        np.array(values, np.float64),
        np.array(qualities, np.uint32),
        np.zeros(size, np.uint8),
    )
    result = check.apply(columns, NOW)
    good = result.quality == Quality.GOOD
    assert (np.abs(result.value[good]) <= result.point[good] * 10).all()
    assert (result.quality >= columns.quality).all()
    assert not np.isinf(result.value).any()
