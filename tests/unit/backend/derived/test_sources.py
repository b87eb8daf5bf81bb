"""Which point measures what at a site: by kind, by name, by the settings, and nothing twice."""

import pytest

from backend.derived.parts import NOTHING_THERE, Part
from backend.derived.sources import Gauge, Measure, Sources, sources_of
from backend.model.device import Device, DeviceKind, MeterRole
from backend.model.quality import Quality
from tests.support.energy import BATTERY, CHARGER, INVERTER, METER, SITE, device

Own = dict[str, dict[str, int]]


def found(devices: list[Device], own: Own) -> Sources:
    return sources_of(SITE, devices, own)


def numbers(measure: Measure) -> list[int | None]:
    assert isinstance(measure, tuple)
    assert not isinstance(measure, Part)
    return [gauge.number for gauge in measure]


def test_one_meter_by_the_name_of_its_point() -> None:
    sources = found([METER], {METER.key: {"grid_power": 1}})
    assert numbers(sources.grid) == [1]
    assert sources.load is None
    assert sources.battery is sources.charging is NOTHING_THERE


def test_circuits_are_parts_of_the_building() -> None:
    sources = found([METER], {METER.key: {"load_power": 1, "circuit1_power": 2, "circuit2_power": 3}})
    assert numbers(sources.load) == [1]


def test_two_meters_of_one_name_are_not_added_but_asked_about() -> None:
    second = device("meter2", DeviceKind.METER)
    sources = found([METER, second], {METER.key: {"grid_power": 1}, second.key: {"grid_power": 2}})
    assert isinstance(sources.grid, Part)
    assert sources.grid.quality == Quality.BAD_CONFIGURATION_ERROR


def test_the_settings_say_which_of_two_is_the_grid() -> None:
    first, second = device("meter", DeviceKind.METER, MeterRole.GRID), device("meter2", DeviceKind.METER, MeterRole.LOAD)
    sources = found([first, second], {first.key: {"grid_power": 1}, second.key: {"grid_power": 2}})
    assert numbers(sources.grid) == [1]
    assert numbers(sources.load) == [2]


def test_two_connections_to_the_grid_add_up_where_the_settings_say_so() -> None:
    first, second = device("meter", DeviceKind.METER, MeterRole.GRID), device("meter2", DeviceKind.METER, MeterRole.GRID)
    third = device("meter3", DeviceKind.METER)
    own = {first.key: {"grid_power": 1}, second.key: {"grid_power": 2}, third.key: {"grid_power": 3}}
    assert numbers(found([first, second, third], own).grid) == [1, 2]


def test_a_meter_that_counts_nowhere_leaves_the_other_alone() -> None:
    other = device("meter2", DeviceKind.METER, MeterRole.NOTHING)
    assert numbers(found([METER, other], {METER.key: {"grid_power": 1}, other.key: {"grid_power": 2}}).grid) == [1]


def test_a_meter_of_the_generators_stands_in_place_of_inverters() -> None:
    meter = device("meter", DeviceKind.METER, MeterRole.GENERATION)
    sources = found([INVERTER, meter], {INVERTER.key: {"ac_power": 1}, meter.key: {"grid_power": 2}})
    assert sources.generation == (Gauge(2, 15_000, sign=-1.0),)


def test_a_meter_of_the_chargers_stands_in_place_of_chargers() -> None:
    meter = device("meter", DeviceKind.METER, MeterRole.CHARGING)
    own: Own = {CHARGER.key: {"connector1.state": 1, "connector1.power": 2}, meter.key: {"grid_power": 3}}
    assert numbers(found([CHARGER, meter], own).charging) == [3]


def test_every_connector_of_a_charger_counts() -> None:
    own: Own = {CHARGER.key: {f"connector{n}.{what}": n for n in (1, 2) for what in ("power", "state")} | {"station.state": 9}}
    assert numbers(found([CHARGER], own).charging) == [1, 2]


def test_a_charger_that_gives_back_is_storage() -> None:
    sources = found([BATTERY, CHARGER], {BATTERY.key: {"battery_power": 1}, CHARGER.key: {"battery_power": 2}})
    assert numbers(sources.battery) == [1, 2]
    assert sources.charging is NOTHING_THERE


def test_a_generator_that_nobody_measures_is_unknown_not_nothing() -> None:
    assert found([METER], {METER.key: {"grid_power": 1}}).generation is None


@pytest.mark.parametrize(("own", "lacks"), [({}, False), ({"link": 7}, False), ({"dc_power": 1}, True)])
def test_a_device_that_was_not_heard_yet_may_have_it(own: dict[str, int], lacks: bool) -> None:
    measure = found([INVERTER], {INVERTER.key: own}).generation
    assert isinstance(measure, tuple)
    gauge = measure[0]
    assert isinstance(gauge, Gauge)
    assert (gauge.number, gauge.lacks) == (None, lacks)


def test_wbgt_is_made_of_one_device_alone() -> None:
    """Temperature and humidity of a classroom and irradiance of the roof would be nonsense."""
    room, roof = device("room", DeviceKind.SENSOR), device("roof", DeviceKind.SENSOR)
    apart: Own = {room.key: {"ambient_temperature": 1, "humidity": 2}, roof.key: {"irradiance": 3}}
    assert found([room, roof], apart).station is None
    together: Own = {roof.key: {"ambient_temperature": 1, "humidity": 2, "irradiance": 3}}
    station = found([room, roof], together).station
    assert station is not None
    assert station.temperature.number == 1
    assert station.wind is None
