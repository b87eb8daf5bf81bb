"""Station, EVSE and connector are kept apart, and a place is what its connectors say together."""

import pytest

from backend.model.event import EventKind
from backend.model.quality import Flag
from backend.model.states import ChargingState, ConnectorState, DeviceHealth
from tests.unit.backend.drivers.ocpp.v2.test_transactions import CHARGES, FREE, NOW_MS, Play, at_ms, entry


def test_the_station_never_overwrites_its_places() -> None:
    play = Play()
    play.status("Occupied", 1)
    play.status("Unavailable", 0, 0)
    assert play.state(0)[0] is ConnectorState.UNAVAILABLE
    assert play.state(1)[0] is ConnectorState.PREPARING
    assert set(play.charger.connectors) == {0, 1}


def test_the_connectors_of_two_places_are_not_confused() -> None:
    play = Play()
    play.status("Occupied", 1, 1)
    play.status("Faulted", 2, 1, at="02:30:01")
    assert (play.state(1)[0], play.state(2)[0]) == (ConnectorState.PREPARING, ConnectorState.FAULTED)
    assert play.charger.health == (DeviceHealth.FAULT, ("Faulted",))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("Available", "Unavailable", ConnectorState.AVAILABLE),
        ("Unavailable", "Occupied", ConnectorState.PREPARING),
        ("Faulted", "Available", ConnectorState.AVAILABLE),
        ("Faulted", "Unavailable", ConnectorState.UNAVAILABLE),
        ("Faulted", "Faulted", ConnectorState.FAULTED),
        ("Reserved", "Unavailable", ConnectorState.RESERVED),
    ],
)
def test_a_place_with_two_connectors(first: str, second: str, together: ConnectorState) -> None:
    play = Play()
    play.status(first, plug=1)
    outcome = play.status(second, plug=2, at="02:31:00")
    assert play.state()[0] is together
    points = {reading.point: reading.value for reading in outcome.readings}
    assert "hall/CP-01/connector1_2.state" in points
    assert points["hall/CP-01/connector1.state"] == together
    assert {spec.name for spec in outcome.specs} >= {point.rpartition("/")[2] for point in points}


def test_a_broken_connector_beside_a_good_one_is_a_warning() -> None:
    play = Play()
    play.status("Available", plug=1)
    play.status("Faulted", plug=2)
    assert play.charger.health == (DeviceHealth.WARNING, ("Faulted",))


def test_an_older_status_becomes_history_only() -> None:
    play = Play()
    play.status("Occupied", at="02:41:00")
    outcome = play.status("Available", at="02:30:00")
    assert play.state()[0] is ConnectorState.PREPARING
    assert (outcome.states, outcome.events) == ((), ())


def test_a_fault_in_a_session_shows_and_the_session_goes_on() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    play.status("Faulted", at="02:32:00")
    assert play.state() == (ConnectorState.FAULTED, ChargingState.NONE)
    play.status("Occupied", at="02:33:00")
    assert play.state() == CHARGES


def test_an_availability_may_come_as_an_event() -> None:
    play = Play()
    row = {
        "eventId": 1,
        "timestamp": "2026-11-23T02:31:00Z",
        "trigger": "Delta",
        "actualValue": "Available",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Connector", "evse": {"id": 2, "connectorId": 1}},
        "variable": {"name": "AvailabilityState"},
    }
    outcome = play("NotifyEvent", {"generatedAt": "2026-11-23T02:31:00Z", "seqNo": 0, "eventData": [row]})
    assert play.state(2) == FREE
    assert outcome.readings[0].at_ms == at_ms("02:31:00")


def test_a_problem_makes_the_health_until_it_is_cleared() -> None:
    play = Play()
    play.status("Available")
    row = {
        "eventId": 1,
        "timestamp": "2026-11-23T02:31:00Z",
        "trigger": "Alerting",
        "actualValue": "true",
        "techCode": "E42",
        "eventNotificationType": "HardWiredMonitor",
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Problem"},
    }
    message = {"generatedAt": "2026-11-23T02:31:00Z", "seqNo": 0, "eventData": [row]}
    play("NotifyEvent", message)
    assert play.charger.health == (DeviceHealth.WARNING, ("E42",))
    assert play.state() == FREE
    assert [event.data["code"] for event in play.events(EventKind.DEVICE_NOTICE)] == ["E42"]
    play("NotifyEvent", message | {"eventData": [row | {"actualValue": "false"}]})
    assert play.charger.health == (DeviceHealth.OK, ())


def test_a_report_tells_nameplate_and_connectors() -> None:
    play = Play()

    def row(component: str, variable: str, value: str, **place: object) -> dict[str, object]:
        found = {"name": component, **({"evse": place} if place else {})}
        return {"component": found, "variable": {"name": variable}, "variableAttribute": [{"value": value}]}

    first = [row("ChargingStation", "SerialNumber", "S-7"), row("Connector", "ConnectorType", "cCCS2", id=1, connectorId=1)]
    power = row("EVSE", "Power", "0", id=1)
    power["variableCharacteristics"] = {"dataType": "decimal", "supportsMonitoring": False, "maxLimit": 50_000}
    second = [power, row("Connector", "ConnectorType", "cG105", id=1, connectorId=2)]
    head = {"requestId": 4, "generatedAt": "2026-11-23T02:31:00Z"}
    part = play("NotifyReport", head | {"seqNo": 0, "tbc": True, "reportData": first})
    assert [event.kind for event in part.events] == [EventKind.DEVICE_IDENTIFIED]
    whole = play("NotifyReport", head | {"seqNo": 1, "reportData": second})
    assert play.charger.plate.serial == "S-7"
    assert whole.events[0].data == {"evses": 1, "connectors": "1/1 cCCS2 50000 W; 1/2 cG105 50000 W"}
    assert {"connector1_1.state", "connector1_2.state"} <= {spec.name for spec in whole.specs}


def test_of_a_security_event_only_the_type_is_kept() -> None:
    play = Play()
    message = {"type": "InvalidCsr", "timestamp": "2026-11-23T02:31:00Z", "techInfo": "TAG-of-somebody"}
    outcome = play("SecurityEventNotification", message)
    assert [(event.kind, event.data) for event in outcome.events] == [(EventKind.DEVICE_SECURITY, {"type": "InvalidCsr"})]


@pytest.mark.parametrize(
    ("sample", "name", "value"),
    [
        ({"value": 7.2, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}, "power", 7200),
        ({"value": 72, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W", "multiplier": 2}}, "power", 7200),
        ({"value": 5}, "energy", 5),
        ({"value": 16, "measurand": "Current.Import", "phase": "L2", "unitOfMeasure": {"unit": "A"}}, "current_l2", 16),
        ({"value": 80, "measurand": "SoC", "location": "EV", "unitOfMeasure": {"unit": "Percent"}}, "soc", 80),
        ({"value": 50, "measurand": "Frequency", "unitOfMeasure": {"unit": "Hz"}}, "frequency", 50),
    ],
)
def test_a_sample_in_every_dress(sample: dict[str, object], name: str, value: float) -> None:
    outcome = Play()("MeterValues", {"evseId": 1, "meterValue": [entry("02:31:00", 0) | {"sampledValue": [sample]}]})
    assert [(r.point, r.value, r.flags) for r in outcome.readings] == [(f"hall/CP-01/connector1.{name}", value, Flag.NONE)]


@pytest.mark.parametrize(
    "sample",
    [
        {"value": 1, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "furlong"}},
        {"value": 1, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "Wh"}},
        {"value": 1, "measurand": "Energy.Apparent.Net"},
        {"value": 1, "unitOfMeasure": {"multiplier": 400}},
    ],
)
def test_what_is_no_such_quantity_is_no_reading(sample: dict[str, object]) -> None:
    assert Play()("MeterValues", {"evseId": 1, "meterValue": [entry("02:31:00", 0) | {"sampledValue": [sample]}]}).readings == ()


def test_the_main_meter_is_the_stations() -> None:
    outcome = Play()("MeterValues", {"evseId": 0, "meterValue": [entry("02:31:00", 9)]})
    assert outcome.readings[0].point == "hall/CP-01/station.energy"


def test_a_clock_that_was_never_set_is_not_believed() -> None:
    play = Play()
    stamp = "1970-01-01T00:00:07Z"
    sample = {"timestamp": stamp, "sampledValue": [{"value": 9}]}
    outcome = play("MeterValues", {"evseId": 1, "meterValue": [sample]})
    assert (outcome.readings[0].at_ms, outcome.readings[0].flags) == (NOW_MS, Flag.CLOCK_SUSPECT)
