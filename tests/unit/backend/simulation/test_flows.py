"""What flows at the school with a battery: a plausible day, a battery that loses no energy, registers that count."""

from datetime import timedelta

import numpy as np
import pytest

from backend.simulation.building import PlannedStorage, consumption_w, run_battery
from backend.simulation.cellar import CellarBattery, CellarMeter
from backend.simulation.flows import FlowsOfDay, flows_of
from backend.simulation.past import minutes_of
from tests.unit.backend.simulation.test_town import DAY, MIDNIGHT_MS, NOON_MS, SCHOOL, script, weather

STORAGE = PlannedStorage("battery", "B1", 10_000.0, 3_000.0)
EARLIER = DAY - timedelta(days=2)


def day(number: int = 0) -> FlowsOfDay:
    return flows_of(script(), weather())[SCHOOL.key].day(DAY + timedelta(days=number))


def test_a_school_day_has_a_base_lessons_and_a_kitchen() -> None:
    used = consumption_w(1, 0, np.full(1440, 20.0), 6_000.0)
    night, kitchen, afternoon, evening = (used[hour * 60 : hour * 60 + 60].mean() for hour in (2, 11, 14, 21))
    assert 1_500 < night < 3_500
    assert 2.0 * night < afternoon < kitchen
    assert abs(evening - night) < 0.2 * night
    assert consumption_w(1, 5, np.full(1440, 20.0), 6_000.0).max() < afternoon
    assert consumption_w(1, 0, np.full(1440, 33.0), 6_000.0)[14 * 60] > 1.3 * used[14 * 60]


def test_a_battery_neither_makes_nor_loses_energy_and_keeps_its_limits() -> None:
    surplus = np.concatenate([np.full(300, 5_000.0), np.full(900, -2_000.0), np.full(240, 100.0)])
    power, content = run_battery(STORAGE, 5_000.0, surplus)
    assert np.allclose(content[1:] - content[:-1], -power[:-1] / 60)
    assert content.max() <= 9_500.0 + 1e-6
    assert content.min() >= 2_000.0 - 1e-6
    assert np.abs(power).max() == 3_000.0


@pytest.mark.parametrize("number", [-2, 0, 1])
def test_what_flows_sums_and_the_registers_count_it(number: int) -> None:
    flows = day(number)
    assert np.allclose(flows.sun_w + flows.battery_w + flows.grid_w, flows.load_w + flows.cars_w)
    assert (np.diff(flows.import_wh) >= 0).all()
    net_wh = flows.import_wh[-1] - flows.import_wh[0] - (flows.export_wh[-1] - flows.export_wh[0])
    assert net_wh == pytest.approx(flows.grid_w[1:].sum() / 60)
    assert flows.content_wh.min() > 0.2 * 20_000 - 1
    before = day(number - 1) if number > -2 else None
    assert before is None or before.import_wh[-1] <= flows.import_wh[0] <= before.import_wh[-1] + 50


def test_registers_of_battery_and_meter_sum_with_the_sun() -> None:
    flows = flows_of(script(), weather())[SCHOOL.key]
    battery, meter = CellarBattery(flows), CellarMeter("M1", flows, lambda at_ms: 9_000.0)
    for device in (battery, meter):
        device.renew(NOON_MS)
    grid_w, battery_w = meter.device.models[203].get("W"), np.int16(battery.device.models[802].get("W"))
    planned = flows.day(DAY)
    minute = 12 * 60
    grid_w = grid_w - 655_360 if grid_w > 327_670 else grid_w
    assert 9_000 + battery_w + grid_w == pytest.approx(planned.load_w[minute] + planned.cars_w[minute], abs=10)
    assert battery.device.models[802].get("SoC") == pytest.approx(100 * planned.content_wh[minute] / 20_000, abs=0.1)


def test_the_past_is_derived_by_the_same_formulae_and_sums() -> None:
    flows, sky = day(-1), weather().day(SCHOOL, DAY - timedelta(days=1))
    series = minutes_of(SCHOOL, sky, flows)
    told = {key.rpartition("/")[2]: values for key, values in series.items() if "/derived/" in key}
    rest = told["generation_power"] + told["battery_power"] + told["grid_power"] - told["load_power"] - told["charging_power"]
    assert np.allclose(rest, 0.0)
    assert np.array_equal(told["load_power"], flows.load_w)
    exported_w = np.maximum(-told["grid_power"], 0.0)
    assert np.allclose(told["own_consumption_power"], np.maximum(flows.sun_w - exported_w, 0.0))
    assert np.nanmax(told["performance_ratio"]) < 95
    assert np.isnan(told["self_consumption"][:180]).all()
    assert np.nanmin(told["self_sufficiency"]) >= 0
    assert sky.start_ms == MIDNIGHT_MS - 86_400_000


def test_a_horizontal_sensor_sees_less_than_the_plane_on_a_november_noon() -> None:
    sky = weather().day(SCHOOL, DAY)
    assert 0.5 * sky.irradiance[720] < sky.horizontal[720] < sky.irradiance[720]
