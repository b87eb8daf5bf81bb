"""Calls as decisions: (what we know, call, time) -> what is answered, recorded and known."""

from typing import Any

import pytest

from backend.drivers.ocpp.actions import decide
from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.payloads import check
from backend.drivers.ocpp.sessions import next_number
from backend.model.event import EventKind
from backend.model.quality import Flag
from backend.model.states import ChargingState, ConnectorState, DeviceHealth
from tests.support.charge_point import charger

NOW_MS = 1_795_401_720_000
"""2026-11-23T02:42:00Z"""


class Play:
    """A charger and its messages, one after the other."""

    def __init__(self) -> None:
        self.charger = Charger(charger())
        self.now_ms = NOW_MS
        self.last = 100
        self.outcomes: list[Outcome] = []

    def __call__(self, action: str, **payload: Any) -> Outcome:
        arrival = Arrival(self.now_ms, next_number(0, self.last), welcome=lambda tag: tag != "STOLEN")
        outcome = decide(self.charger, action, check(action, payload), arrival)
        self.last = max(self.last, outcome.answer.get("transactionId", 0))
        self.charger = outcome.charger
        self.outcomes.append(outcome)
        return outcome

    def status(self, status: str, connector: int = 1, at: str | None = None, error: str = "NoError") -> Outcome:
        stamp = {} if at is None else {"timestamp": f"2026-11-23T{at}Z"}
        return self("StatusNotification", connectorId=connector, errorCode=error, status=status, **stamp)

    def start(self, at: str = "02:40:00", meter: int = 1000, connector: int = 1, tag: str = "T") -> Outcome:
        stamp = f"2026-11-23T{at}Z"
        return self("StartTransaction", connectorId=connector, idTag=tag, meterStart=meter, timestamp=stamp)

    def stop(self, number: int, at: str = "02:41:00", meter: int = 1500, **more: Any) -> Outcome:
        return self("StopTransaction", transactionId=number, meterStop=meter, timestamp=f"2026-11-23T{at}Z", **more)

    def state(self, connector: int = 1) -> ConnectorState:
        return self.charger.connectors[connector].state

    def kinds(self) -> list[EventKind]:
        return [event.kind for outcome in self.outcomes for event in outcome.events]


@pytest.mark.parametrize(
    ("word", "state", "charging"),
    [
        ("Available", ConnectorState.AVAILABLE, ChargingState.NONE),
        ("Preparing", ConnectorState.PREPARING, ChargingState.EV_CONNECTED),
        ("Charging", ConnectorState.CHARGING, ChargingState.CHARGING),
        ("SuspendedEV", ConnectorState.SUSPENDED_EV, ChargingState.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorState.SUSPENDED_EVSE, ChargingState.SUSPENDED_EVSE),
        ("Finishing", ConnectorState.FINISHING, ChargingState.EV_CONNECTED),
        ("Reserved", ConnectorState.RESERVED, ChargingState.NONE),
        ("Unavailable", ConnectorState.UNAVAILABLE, ChargingState.NONE),
        ("Faulted", ConnectorState.FAULTED, ChargingState.NONE),
    ],
)
def test_states(word: str, state: ConnectorState, charging: ChargingState) -> None:
    play = Play()
    outcome = play.status(word)
    assert (play.charger.connectors[1].state, play.charger.connectors[1].charging) == (state, charging)
    assert {r.point: r.value for r in outcome.readings} == {
        "hall/CP-01/connector1.state": state,
        "hall/CP-01/connector1.charging": charging,
    }


def test_the_station_never_overwrites_its_connectors() -> None:
    play = Play()
    play.status("Charging", 1)
    play.status("Unavailable", 0)
    assert (play.state(0), play.state(1)) == (ConnectorState.UNAVAILABLE, ConnectorState.CHARGING)
    assert set(play.charger.connectors) == {0, 1}


def test_an_older_status_becomes_history_only() -> None:
    play = Play()
    play.status("Charging", at="02:41:00")
    outcome = play.status("Available", at="02:30:00")
    assert play.state() is ConnectorState.CHARGING
    assert outcome.states == ()
    assert outcome.events == ()
    assert outcome.readings[0].at_ms == NOW_MS - 12 * 60_000


def test_equal_and_missing_stamps_count_in_order_of_arrival() -> None:
    play = Play()
    play.status("Charging", at="02:41:00")
    play.status("SuspendedEV", at="02:41:00")
    assert play.state() is ConnectorState.SUSPENDED_EV
    play.status("Available")
    assert play.state() is ConnectorState.AVAILABLE
    play.status("Preparing", at="02:41:30")
    assert play.state() is ConnectorState.PREPARING


def test_a_clock_that_ran_ahead_and_was_set_right_does_not_freeze_the_state() -> None:
    play = Play()
    play.status("Charging", at="02:46:00")
    play.now_ms += 30_000
    play.status("Finishing", at="02:42:30")
    assert play.state() is ConnectorState.FINISHING


def test_a_state_keeps_its_beginning_when_it_is_only_said_again() -> None:
    play = Play()
    play.status("Available", at="02:00:00")
    outcome = play.status("Available", at="02:41:00")
    assert play.charger.connectors[1].since_ms == NOW_MS - 42 * 60_000
    assert outcome.events == ()


def test_faults_and_errors_make_the_health() -> None:
    play = Play()
    play.status("Charging", 1, error="WeakSignal")
    assert play.charger.health == (DeviceHealth.WARNING, ("WeakSignal",))
    play("StatusNotification", connectorId=2, errorCode="OtherError", vendorErrorCode="E7", status="Faulted")
    assert play.charger.health == (DeviceHealth.FAULT, ("WeakSignal", "OtherError E7"))
    play.status("Available", 1)
    play.status("Available", 2)
    assert play.charger.health == (DeviceHealth.OK, ())


def test_a_session_from_start_to_stop() -> None:
    play = Play()
    play.status("Preparing", at="02:39:00")
    started = play.start()
    number = started.answer["transactionId"]
    assert started.readings[0]._asdict() | {"quality": 0} == {
        "point": "hall/CP-01/connector1.energy",
        "at_ms": NOW_MS - 120_000,
        "value": 1000,
        "quality": 0,
        "flags": Flag.NONE,
    }
    play.status("Charging", at="02:40:01")
    assert play.charger.connectors[1].session_since_ms == NOW_MS - 120_000
    assert play.charger.connectors[1].session_start_wh == 1000
    stopped = play.stop(number, reason="EVDisconnected", idTag="T")
    assert stopped.answer == {"idTagInfo": {"status": "Accepted"}}
    assert stopped.events[0].data == {
        "transaction": number,
        "meter_wh": 1500,
        "reason": "EVDisconnected",
        "known": True,
        "connector": 1,
        "started_ms": NOW_MS - 120_000,
        "energy_wh": 500,
        "start_wh": 1000,
    }
    assert play.charger.connectors[1].session_since_ms is None
    assert stopped.readings[-1].value == 1500


def test_a_start_or_stop_that_is_reported_again_changes_nothing() -> None:
    play = Play()
    number = play.start().answer["transactionId"]
    again = play.start()
    assert again.answer["transactionId"] == number
    assert again.events == again.readings == ()
    play.stop(number)
    assert play.stop(number).events == ()
    assert play.start().answer["transactionId"] == number
    assert play.start(at="02:41:30").answer["transactionId"] > number


def test_a_clock_that_stands_still_does_not_make_two_sessions_one() -> None:
    play = Play()
    first = play("StartTransaction", connectorId=1, idTag="T", meterStart=0, timestamp="1970-01-01T00:00:00Z")
    play.stop(first.answer["transactionId"])
    second = play("StartTransaction", connectorId=1, idTag="T", meterStart=0, timestamp="1970-01-01T00:00:00Z")
    assert first.answer["transactionId"] != second.answer["transactionId"]
    assert second.readings[0].flags is Flag.CLOCK_SUSPECT
    assert second.readings[0].at_ms == NOW_MS


def test_the_end_of_an_unknown_session_is_accepted_and_recorded_once() -> None:
    play = Play()
    assert play.stop(77).answer == {}
    assert play.outcomes[-1].events[0].data["known"] is False
    assert play.stop(77).events == ()
    assert len(play.stop(77, at="02:41:30").events) == 1


def test_a_session_whose_end_never_came_is_not_shown_with_the_next_car() -> None:
    play = Play()
    number = play.start().answer["transactionId"]
    play.status("Charging", at="02:40:01")
    play.status("Available", at="02:40:30")
    play.status("Charging", at="02:41:00")
    assert play.charger.connectors[1].session_since_ms is None
    assert play.stop(number).events[0].data["energy_wh"] == 500


def test_a_stolen_tag_is_refused_but_its_energy_is_recorded() -> None:
    play = Play()
    assert play("Authorize", idTag="STOLEN").answer == {"idTagInfo": {"status": "Invalid"}}
    outcome = play.start(tag="STOLEN")
    assert outcome.answer["idTagInfo"] == {"status": "Invalid"}
    assert play.kinds() == [EventKind.SESSION_STARTED]


def test_values_sent_with_the_end_of_a_session_belong_to_its_connector() -> None:
    play = Play()
    number = play.start(connector=2).answer["transactionId"]
    data = [{"timestamp": "2026-11-23T02:40:30Z", "sampledValue": [{"value": "1200", "context": "Transaction.Begin"}]}]
    outcome = play.stop(number, transactionData=data)
    assert [(r.point, r.value) for r in outcome.readings] == [
        ("hall/CP-01/connector2.energy", 1200),
        ("hall/CP-01/connector2.energy", 1500),
    ]


def test_a_boot_tells_who_it_is_and_whether_it_was_replaced() -> None:
    play = Play()
    names = {"chargePointVendor": "V", "chargePointModel": "M"}
    first = play("BootNotification", **names, chargeBoxSerialNumber="A")
    assert first.events[0].data["replaced"] is False
    assert play("BootNotification", **names, chargeBoxSerialNumber="A").events == ()
    assert play("BootNotification", **names, chargePointSerialNumber="B").events[0].data["replaced"] is True


def test_what_we_take_no_part_in_is_answered_by_the_book() -> None:
    play = Play()
    assert play("DataTransfer", vendorId="V", data="x").answer == {"status": "UnknownVendorId"}
    assert play("FirmwareStatusNotification", status="Installed").answer == {}
    assert play("DiagnosticsStatusNotification", status="Idle").answer == {}


def test_readings_of_a_mended_message_say_so() -> None:
    entry = {"timestamp": "2026-11-23T02:40:00Z", "sampledValue": [{"value": 3}]}
    outcome = Play()("MeterValues", connectorId=1, meterValue=entry)
    assert [(r.value, r.flags) for r in outcome.readings] == [(3, Flag.REPAIRED)]


def test_numbers_never_repeat() -> None:
    assert next_number(NOW_MS, 0) == (NOW_MS - 1_735_689_600_000) // 1000
    assert next_number(NOW_MS, 2_000_000_000) == 2_000_000_001
    assert next_number(0, 0) == 1
