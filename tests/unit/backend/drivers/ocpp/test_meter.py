"""MeterValues to points: units, phases, places, times."""

import re
from typing import Any

import pytest

from backend.drivers.ocpp.meter import read_samples
from backend.drivers.ocpp.points import CONVERSIONS, MEASURANDS
from backend.model.point import PointKind, Unit
from backend.model.quality import Flag

NOW_MS = 1_795_401_720_000
AT, AT_MS = "2026-11-23T01:00:00Z", 1_795_395_600_000


def read(*samples: dict[str, Any], at: str = AT, connector: int = 1) -> dict[str, Any]:
    entry = {"timestamp": at, "sampledValue": samples}
    return {s.spec.name: pytest.approx(s.value) for s in read_samples(connector, [entry], NOW_MS)}


@pytest.mark.parametrize(
    ("sample", "name", "value"),
    [
        ({"value": "1500"}, "connector1.energy", 1500),
        ({"value": "1.5", "unit": "kWh"}, "connector1.energy", 1500),
        ({"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"}, "connector1.power", 7200),
        ({"value": "7200", "measurand": "Power.Active.Import"}, "connector1.power", 7200),
        ({"value": "-3", "measurand": "Power.Active.Import", "unit": "W"}, "connector1.power", -3),
        ({"value": "16.1", "measurand": "Current.Import", "unit": "A", "phase": "L2"}, "connector1.current_l2", 16.1),
        ({"value": "230", "measurand": "Voltage", "unit": "V", "phase": "L1-N"}, "connector1.voltage_l1", 230),
        ({"value": "400", "measurand": "Voltage", "phase": "L1-L2"}, "connector1.voltage_l1_l2", 400),
        ({"value": "80", "measurand": "SoC", "unit": "Percent", "location": "EV"}, "connector1.soc", 80),
        ({"value": "293.15", "measurand": "Temperature", "unit": "K"}, "connector1.temperature", 20),
        ({"value": "68", "measurand": "Temperature", "unit": "Fahrenheit"}, "connector1.temperature", 20),
        ({"value": "20", "measurand": "Temperature", "unit": "Celcius", "location": "Body"}, "connector1.temperature_body", 20),
        ({"value": "2", "measurand": "Energy.Reactive.Import.Register", "unit": "kvarh"}, "connector1.reactive_energy", 2000),
        ({"value": "0.98", "measurand": "Power.Factor"}, "connector1.power_factor", 0.98),
        ({"value": "50.01", "measurand": "Frequency"}, "connector1.frequency", 50.01),
        ({"value": " 12 "}, "connector1.energy", 12),
        ({"value": "1e3"}, "connector1.energy", 1000),
    ],
)
def test_one_sample(sample: dict[str, Any], name: str, value: float) -> None:
    assert read(sample) == {name: value}


@pytest.mark.parametrize(
    "sample",
    [
        {"value": ""},
        {"value": "NaN"},
        {"value": "inf"},
        {"value": "1e999"},
        {"value": "--"},
        {"value": "0A1B", "format": "SignedData"},
        {"value": "5", "measurand": "Power.Active.Import", "unit": "Wh"},
        {"value": "5", "measurand": "Voltage", "unit": "A"},
        {"value": "1e308", "unit": "kWh"},
    ],
)
def test_what_is_no_number_of_its_quantity_becomes_no_reading(sample: dict[str, Any]) -> None:
    assert read(sample) == {}


def power(value: str, phase: str | None = None) -> dict[str, Any]:
    sample = {"value": value, "measurand": "Power.Active.Import", "unit": "kW"}
    return sample if phase is None else sample | {"phase": phase}


def test_phases_without_a_whole_are_added_up() -> None:
    phases = {"connector1.power_l1": 1000, "connector1.power_l2": 2000, "connector1.power_l3": 3000}
    assert read(power("1", "L1"), power("2", "L2"), power("3", "L3")) == phases | {"connector1.power": 6000}
    assert read(power("1", "L1"), power("2", "L2"), power("5")) == {
        "connector1.power_l1": 1000,
        "connector1.power_l2": 2000,
        "connector1.power": 5000,
    }
    assert "connector1.power" not in read(power("1", "L1"), power("x", "L2"))


def test_currents_of_phases_are_not_added_up() -> None:
    sample = {"value": "16", "measurand": "Current.Import"}
    assert set(read(sample | {"phase": "L1"}, sample | {"phase": "L2"})) == {"connector1.current_l1", "connector1.current_l2"}


def test_the_stations_own_meter_has_its_own_name() -> None:
    assert read({"value": "1"}, connector=0) == {"station.energy": 1}


def test_backlogged_entries_keep_their_own_times() -> None:
    entries = [{"timestamp": f"2026-11-2{day}T01:00:00", "sampledValue": [{"value": str(day)}]} for day in (1, 2, 3)]
    assert [(s.at_ms, s.value) for s in read_samples(1, entries, NOW_MS)] == [
        (AT_MS - 2 * 86_400_000, 1),
        (AT_MS - 86_400_000, 2),
        (AT_MS, 3),
    ]


@pytest.mark.parametrize(
    ("text", "at_ms", "flags"),
    [
        (AT, AT_MS, Flag.NONE),
        ("2026-11-23T01:00:00", AT_MS, Flag.NONE),
        ("2026-11-23T01:00:00.000Z", AT_MS, Flag.NONE),
        ("2026-11-23T10:00:00+09:00", AT_MS, Flag.NONE),
        ("2026-11-23T02:46:00Z", NOW_MS + 240_000, Flag.NONE),
        ("2026-11-23T02:48:00Z", NOW_MS, Flag.CLOCK_SUSPECT),
        ("1970-01-01T00:00:12Z", NOW_MS, Flag.CLOCK_SUSPECT),
        ("2000-01-01T00:00:00Z", NOW_MS, Flag.CLOCK_SUSPECT),
        ("9999-12-31T23:59:59-23:59", NOW_MS, Flag.CLOCK_SUSPECT),
        ("0001-01-01T00:00:00+23:59", NOW_MS, Flag.CLOCK_SUSPECT),
        ("", NOW_MS, Flag.CLOCK_SUSPECT),
        ("yesterday", NOW_MS, Flag.CLOCK_SUSPECT),
    ],
)
def test_clocks_that_cannot_be_believed(text: str, at_ms: int, flags: Flag) -> None:
    entry = {"timestamp": text, "sampledValue": [{"value": "1"}]}
    (sample,) = read_samples(1, [entry], NOW_MS)
    assert (sample.at_ms, sample.flags) == (at_ms, flags)


def test_every_measurand_and_unit_of_the_standard_has_a_place() -> None:
    from ocpp.v16.enums import Measurand, UnitOfMeasure
    from ocpp.v21.enums import MeasurandEnumType
    from ocpp.v201.enums import MeasurandEnumType as Measurand201

    newer = {str(each.value) for each in (*Measurand201, *MeasurandEnumType)}
    unkept = {name for name in newer if re.search("Apparent|RemainingTime|ChargingComplete|InletHot", name)}
    assert set(MEASURANDS) == {str(measurand.value) for measurand in Measurand} | newer - unkept
    assert len({(each.name, each.unit) for each in MEASURANDS.values()}) == len(MEASURANDS)
    assert {str(unit.value) for unit in UnitOfMeasure} <= set(CONVERSIONS)
    assert MEASURANDS["Energy.Active.Import.Register"].kind is PointKind.ACCUMULATING
    assert MEASURANDS["Energy.Active.Import.Register"].unit is Unit.WATT_HOUR
