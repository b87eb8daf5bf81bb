"""Derived values of a school: right, on time, as bad as their worst part, and silent about the past."""

import pytest

from backend.model.device import Device
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.states import Connectivity, ConnectorState
from tests.support.energy import INVERTER, NOON_MS, QUIET, SITE, STATION, School, school

NIGHT_MS = NOON_MS + 12 * 3_600_000


def values(derived: dict[str, Reading]) -> dict[str, float | None]:
    return {name: reading.value for name, reading in derived.items()}


def test_everything_of_a_school_at_noon() -> None:
    """WBGT by Ono and Tonouchi: 17.64 + 2.244 + 4.2048 + 5.3333 - 2.23293 - 0.1144 - 4.064; the rest by adding up."""
    found = values(school().quiet())
    ratio = found.pop("performance_ratio")
    assert found == {
        "generation_power": 12_000.0,
        "battery_power": -3_000.0,
        "grid_power": -2_000.0,
        "load_power": 7_000.0,
        "charging_power": 0.0,
        "own_consumption_power": 10_000.0,
        "self_consumption": pytest.approx(100 * 10 / 12),
        "self_sufficiency": 100.0,
        "wbgt": pytest.approx(23.01077, abs=1e-5),
    }
    assert ratio == pytest.approx(80.0, abs=8.0)


def test_a_ratio_by_horizontal_irradiance_is_flagged_as_substituted() -> None:
    assert school().quiet()["performance_ratio"].flags == Flag.SUBSTITUTED


def test_the_time_is_that_of_the_newest_part() -> None:
    town = school()
    town.quiet()
    town.now_ms += 6_000
    found = town.say(Reading("school/pcs1/ac_power", town.now_ms - 500, 11_000.0))
    assert found["generation_power"].at_ms == found["load_power"].at_ms == town.now_ms - 500
    assert "wbgt" not in found
    assert "grid_power" not in found


@pytest.mark.parametrize("part", ["pcs1/ac_power", "battery/battery_power", "meter/grid_power"])
@pytest.mark.parametrize("quality", [Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED, Quality.BAD_DEVICE_FAILURE])
def test_as_bad_as_the_worst_part(part: str, quality: Quality) -> None:
    town = school()
    readings = [Reading(key, NOON_MS, value) for key, value in QUIET.items() if not key.endswith(part)]
    bad = Reading(f"school/{part}", NOON_MS, None if quality.is_bad else QUIET[f"school/{part}"], quality)
    found = town.say(*readings, bad)
    assert found["load_power"].quality == quality
    assert (found["load_power"].value is None) == quality.is_bad
    assert found["wbgt"].quality == Quality.GOOD


def test_a_part_that_is_too_old_makes_it_absent() -> None:
    town = school()
    town.quiet()
    town.now_ms += 16_000
    found = town.say(Reading("school/pcs1/ac_power", town.now_ms, 11_000.0))
    assert found["generation_power"].value == 11_000.0
    assert (found["load_power"].value, found["load_power"].quality) == (None, Quality.BAD_NO_COMMUNICATION)


def test_when_nothing_comes_any_more_that_is_told_once_and_then_seldom() -> None:
    town = school()
    town.quiet()
    told: list[str] = []
    for _ in range(60):
        town.now_ms += 10_000
        told += town.say()
    assert told.count("load_power") == 1
    town.now_ms += 20_000
    assert "load_power" in town.say()


@pytest.mark.parametrize("flag", [Flag.LATE, Flag.BACKFILLED])
def test_the_past_makes_no_live_value(flag: Flag) -> None:
    town = school()
    town.quiet()
    town.now_ms += 6_000
    assert town.say(Reading("school/pcs1/ac_power", town.now_ms - 100, 1.0, flags=flag)) == {}


def test_an_older_reading_changes_nothing() -> None:
    town = school()
    town.quiet()
    town.now_ms += 6_000
    assert town.say(Reading("school/pcs1/ac_power", NOON_MS - 1, 1.0)) == {}
    found = town.say(Reading("school/meter/grid_power", town.now_ms, -2_000.0))
    assert found["load_power"].value == 7_000.0


def test_a_reading_from_the_future_is_not_believed() -> None:
    town = school()
    town.quiet()
    town.now_ms += 6_000
    assert town.say(Reading("school/pcs1/ac_power", town.now_ms + 600_000, 1.0)) == {}


def test_a_clock_that_was_set_back_does_not_stop_it() -> None:
    town = school()
    town.quiet()
    town.now_ms -= 3_600_000
    assert town.quiet(ac_power=8_000.0)["generation_power"].value == 8_000.0


def test_values_come_no_faster_than_the_devices() -> None:
    town = school()
    town.quiet()
    town.now_ms += 1_000
    assert town.quiet() == {}
    town.now_ms += 4_000
    assert town.quiet()["load_power"].value == 7_000.0


def test_a_car_counts_while_it_charges() -> None:
    town = school()
    town.quiet()
    town.now_ms += 5_000
    charging = {**QUIET, "school/ev1/connector1.state": float(ConnectorState.CHARGING), "school/ev1/connector1.power": 6_000.0}
    found = town.say(*(Reading(key, town.now_ms, value) for key, value in charging.items()))
    assert (found["charging_power"].value, found["load_power"].value) == (6_000.0, 1_000.0)
    town.now_ms += 5_000
    found = town.quiet(**{"connector1.state": float(ConnectorState.FINISHING)})
    assert (found["charging_power"].value, found["load_power"].value) == (0.0, 7_000.0)


def test_a_lost_charger_leaves_building_and_cars_unknown() -> None:
    town = school()
    found = town.quiet(link=float(Connectivity.LOST))
    assert found["charging_power"].quality == found["load_power"].quality == Quality.BAD_NO_COMMUNICATION
    assert found["own_consumption_power"].value == 10_000.0


def test_a_charger_that_just_stands_there_is_told_again() -> None:
    town = school()
    town.quiet()
    town.now_ms += 11_000
    assert town.say()["charging_power"] == Reading("school/derived/charging_power", town.now_ms, 0.0)


def test_an_inverter_that_sleeps_gives_nothing() -> None:
    town = school()
    town.now_ms = NIGHT_MS
    silent = Reading.absent("school/pcs1/ac_power", NIGHT_MS, Quality.BAD_NO_COMMUNICATION)
    readings = [Reading(key, NIGHT_MS, value) for key, value in QUIET.items() if "pcs1" not in key]
    found = town.say(*readings, silent)
    assert found["generation_power"] == Reading("school/derived/generation_power", NIGHT_MS, 0.0)
    assert found["load_power"].value == -5_000.0
    assert found["self_consumption"].value is None


def test_at_dusk_the_link_tells_that_it_sleeps() -> None:
    town = school()
    readings = [Reading(key, NOON_MS, value) for key, value in QUIET.items() if "pcs1" not in key]
    found = town.say(*readings, Reading("school/pcs1/link", NOON_MS, float(Connectivity.ASLEEP)))
    assert found["generation_power"].value == 0.0


def test_an_inverter_that_is_silent_at_noon_leaves_it_unknown() -> None:
    town = school()
    readings = [Reading(key, NOON_MS, value) for key, value in QUIET.items() if "pcs1" not in key]
    found = town.say(*readings, Reading("school/pcs1/link", NOON_MS, float(Connectivity.LOST)))
    assert found["generation_power"].quality == Quality.BAD_NO_COMMUNICATION


def test_a_sum_waits_for_devices_that_were_not_heard_yet() -> None:
    town = School()
    town.declare({"school/pcs1": ()})
    found = town.say()
    assert found["generation_power"].quality == Quality.BAD_NO_COMMUNICATION


def test_after_a_restart_it_goes_on_with_what_was_known() -> None:
    """Of a link that is not so: the node has heard of nobody yet."""
    town = School()
    before = {key: Reading(key, NOON_MS - 3_000, value) for key, value in QUIET.items()}
    town.derivations.recall(before)
    town.declare()
    found = town.say(Reading("school/pcs1/ac_power", NOON_MS, 11_000.0))
    assert found["own_consumption_power"].value == 9_000.0
    assert found["charging_power"].quality == Quality.BAD_NO_COMMUNICATION
    town.now_ms += 5_000
    found = town.say(Reading("school/ev1/link", town.now_ms, float(Connectivity.CONNECTED)))
    assert found["charging_power"].value == 0.0


def test_what_was_known_long_before_a_restart_is_not_believed() -> None:
    town = School()
    town.derivations.recall({key: Reading(key, NOON_MS - 60_000, value) for key, value in QUIET.items()})
    town.declare()
    found = town.say(Reading("school/pcs1/ac_power", NOON_MS, 11_000.0))
    assert found["load_power"].quality == Quality.BAD_NO_COMMUNICATION


def test_settings_taken_over_keep_what_is_known() -> None:
    town = school()
    town.quiet()
    town.derivations.define([], [])
    town.now_ms += 6_000
    assert town.quiet() == {}


@pytest.mark.parametrize("left", [(), (INVERTER,), (STATION,)])
def test_devices_that_leave_the_settings_take_their_values_along(left: tuple[Device, ...]) -> None:
    town = school()
    town.quiet()
    town.derivations.define([SITE], left)
    town.now_ms += 6_000
    found = town.quiet()
    assert ("wbgt" in found, "generation_power" in found) == (STATION in left, INVERTER in left)


def test_ambient_readings_above_saturation_are_taken_as_saturated() -> None:
    town = school()
    found, saturated = town.quiet(humidity=104.0)["wbgt"].value, school().quiet(humidity=100.0)["wbgt"].value
    assert found == saturated
