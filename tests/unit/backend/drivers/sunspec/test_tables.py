"""The tables against the model definitions: no row may name what a model does not have."""

from backend.drivers.sunspec.definitions import model_definition
from backend.drivers.sunspec.events import ALARM_BITS, BATTERY_BITS, INVERTER_BITS, METER_BITS, complaints
from backend.drivers.sunspec.feeds import models_wanted
from backend.drivers.sunspec.tables import SOURCES
from backend.model.device import DeviceKind
from backend.model.states import DeviceHealth
from backend.simulation.sunspec import PseudoModel
from tests.unit.backend.drivers.sunspec.symbols import symbols

PROMISED = {1, 101, 102, 103, 111, 112, 113, 160, 201, 202, 203, 204, 211, 212, 213, 214, 302, 303, 306, 307, 308, 701, 802, 803}


def test_every_promised_model_feeds_something() -> None:
    assert {model for kind in DeviceKind for model in models_wanted(kind)} == PROMISED - {1}


def test_every_row_names_a_point_of_every_one_of_its_models() -> None:
    for sources in SOURCES.values():
        for source in sources:
            for model in source.models:
                places = PseudoModel(model, {}).places
                assert [row.path for row in source.rows if row.path.replace("*", "0") not in places] == [], model


def test_units_of_rows_are_those_of_the_models() -> None:
    ours = {"degC": "C", "V": "V", "A": "A", "W": "W", "Wh": "Wh", "Hz": "Hz", "W/m2": "W/m2", "m/s": "m/s"}
    theirs = {"mps": "m/s", "%WHRtg": "%", "Pct": "%", "HPa": "Pa"}
    for source in (source for sources in SOURCES.values() for source in sources):
        for model in source.models:
            places = PseudoModel(model, {}).places
            for row in source.rows:
                unit = places[row.path.replace("*", "0")].point.unit
                if row.spec.unit != "state":
                    assert theirs.get(unit, unit) == ours.get(row.spec.unit, row.spec.unit), (model, row)


def test_names_within_a_kind_tell_what_they_mean() -> None:
    for sources in SOURCES.values():
        for source in sources:
            names = [row.spec.name for row in source.rows]
            assert len(set(names)) == len(names)


def test_bits_are_those_of_the_models() -> None:
    assert {bit: key for bit, (key, _) in enumerate(INVERTER_BITS)} == symbols(103, "Evt1")
    assert {bit: key for bit, (key, _) in enumerate(ALARM_BITS)} == symbols(701, "Alrm")
    known = {bit: key.removeprefix("M_EVENT_").upper() for bit, key in symbols(203, "Evt").items() if bit < 8}
    assert {bit: key for bit, (key, _) in METER_BITS.items()} == known
    batteries = symbols(802, "Evt1") | {27: "RESERVED_27"}
    assert {bit: key for bit, (key, _) in enumerate(BATTERY_BITS)} == batteries


def test_unknown_bits_are_kept() -> None:
    assert complaints(1 << 31 | 1, INVERTER_BITS) == [("GROUND_FAULT", DeviceHealth.FAULT), ("BIT_31", DeviceHealth.WARNING)]
    assert complaints(0, METER_BITS) == []


def test_a_number_that_is_no_model_has_no_definition() -> None:
    assert model_definition(60000) is None
