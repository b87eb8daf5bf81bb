"""Transactions of OCPP 2.x as decisions: late, repeated, out of order, without a beginning, without an end."""

import json
from typing import Any

import pytest

from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.settling import PATIENCE_MS
from backend.drivers.ocpp.v2.actions import decide
from backend.drivers.ocpp.v2.payloads import RULES_201
from backend.model.event import Event, EventKind
from backend.model.states import ChargingState, ConnectorState
from tests.support.charge_point import charger

NOW_MS = 1_795_401_720_000
"""2026-11-23T02:42:00Z"""


def at_ms(text: str) -> int:
    """Milliseconds of ``02:40:00`` of the day."""
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return NOW_MS - (2 * 3600 + 42 * 60) * 1000 + (hours * 3600 + minutes * 60 + seconds) * 1000


class Play:
    """A station and its messages, one after the other."""

    def __init__(self, evses: int = 2) -> None:
        self.charger = Charger(charger(connectors=evses))
        self.now_ms = NOW_MS
        self.outcomes: list[Outcome] = []

    def __call__(self, action: str, payload: dict[str, Any]) -> Outcome:
        checked = RULES_201.check(action, json.loads(json.dumps(payload)))
        outcome = decide(self.charger, action, checked, Arrival(self.now_ms, 1, welcome=lambda tag: tag != "STOLEN"))
        self.charger = outcome.charger
        self.outcomes.append(outcome)
        return outcome

    def status(self, status: str, evse: int = 1, plug: int = 1, at: str = "02:30:00") -> Outcome:
        stamp = f"2026-11-23T{at}Z"
        return self("StatusNotification", {"timestamp": stamp, "connectorStatus": status, "evseId": evse, "connectorId": plug})

    def event(
        self,
        kind: str,
        seq: int,
        at: str,
        charging: str | None = None,
        kwh: float | None = None,
        evse: int | None = 1,
        number: str = "tx-1",
        **more: Any,
    ) -> Outcome:
        stamp = f"2026-11-23T{at}Z"
        info: dict[str, Any] = {"transactionId": number} | ({} if charging is None else {"chargingState": charging})
        info |= {"stoppedReason": more.pop("reason")} if "reason" in more else {}
        payload: dict[str, Any] = {"eventType": kind, "timestamp": stamp, "triggerReason": "Trigger", "seqNo": seq}
        payload |= {"transactionInfo": info, **more}
        if evse is not None:
            payload["evse"] = {"id": evse, "connectorId": 1}
        if kwh is not None:
            sample = {"value": kwh, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "kWh"}}
            payload["meterValue"] = [{"timestamp": stamp, "sampledValue": [sample]}]
        return self("TransactionEvent", payload)

    def state(self, evse: int = 1) -> tuple[ConnectorState, ChargingState]:
        return self.charger.connectors[evse].state, self.charger.connectors[evse].charging

    def events(self, *kinds: EventKind) -> list[Event]:
        return [event for outcome in self.outcomes for event in outcome.events if event.kind in kinds]


CHARGES = (ConnectorState.CHARGING, ChargingState.CHARGING)
DONE = (ConnectorState.FINISHING, ChargingState.EV_CONNECTED)
FREE = (ConnectorState.AVAILABLE, ChargingState.NONE)


def test_a_session_from_start_to_end() -> None:
    play = Play()
    play.status("Available")
    play.status("Occupied", at="02:31:00")
    assert play.state() == (ConnectorState.PREPARING, ChargingState.EV_CONNECTED)
    play.event("Started", 0, "02:31:01", "Charging", 10.0)
    assert play.state() == CHARGES
    assert play.charger.connectors[1].session_since_ms == at_ms("02:31:01")
    assert play.charger.connectors[1].session_start_wh == 10_000
    play.event("Updated", 1, "02:35:00", "SuspendedEV", 11.0)
    assert play.state() == (ConnectorState.SUSPENDED_EV, ChargingState.SUSPENDED_EV)
    play.event("Ended", 2, "02:36:00", "EVConnected", 11.5, reason="EVDisconnected")
    assert play.state() == DONE
    assert play.charger.connectors[1].session_since_ms is None
    play.status("Available", at="02:37:00")
    assert play.state() == FREE
    (stopped,) = play.events(EventKind.SESSION_STOPPED)
    assert stopped.data == {
        "connector": 1,
        "transaction": "tx-1",
        "meter_wh": 11_500,
        "reason": "EVDisconnected",
        "known": True,
        "started_ms": at_ms("02:31:01"),
        "start_wh": 10_000,
        "energy_wh": 1_500,
    }
    states = [event.data["state"] for event in play.events(EventKind.CONNECTOR_STATE)]
    assert states == ["AVAILABLE", "PREPARING", "CHARGING", "SUSPENDED_EV", "FINISHING", "AVAILABLE"]


@pytest.mark.parametrize(
    ("charging", "state"),
    [
        ("Charging", ConnectorState.CHARGING),
        ("EVConnected", ConnectorState.PREPARING),
        ("SuspendedEV", ConnectorState.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorState.SUSPENDED_EVSE),
        ("Idle", ConnectorState.PREPARING),
    ],
)
def test_how_far_a_car_is(charging: str, state: ConnectorState) -> None:
    play = Play()
    play.status("Occupied")
    play.event("Started", 0, "02:31:00", charging)
    assert play.state()[0] is state


@pytest.mark.parametrize("charging", ["EVConnected", "Idle"])
def test_after_charging_a_waiting_car_is_done(charging: str) -> None:
    play = Play()
    play.status("Occupied")
    play.event("Started", 0, "02:31:00", "Charging")
    play.event("Updated", 1, "02:32:00", charging)
    assert play.state()[0] is ConnectorState.FINISHING


def test_who_is_authorised_first_waits_for_the_cable_at_a_free_place() -> None:
    play = Play()
    play.status("Available")
    play.event("Started", 0, "02:31:00")
    assert play.state()[0] is ConnectorState.PREPARING
    play.status("Available", at="02:31:30")
    assert play.state()[0] is ConnectorState.PREPARING
    assert play.charger.open_on(1) is not None


def test_a_repeated_event_changes_nothing() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    for _ in range(2):
        again = play.event("Started", 0, "02:31:00", "Charging", 1.0)
        assert (again.readings, again.events, again.states) == ((), (), ())
    play.event("Ended", 1, "02:32:00", kwh=2.0)
    assert play.event("Ended", 1, "02:32:00", kwh=2.0).events == ()
    assert len(play.events(EventKind.SESSION_STARTED, EventKind.SESSION_STOPPED)) == 2


def test_the_charging_state_follows_the_highest_number() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "EVConnected")
    play.event("Updated", 2, "02:33:00", "SuspendedEV", 1.2)
    late = play.event("Updated", 1, "02:32:00", "Charging", 1.1)
    assert play.state()[1] is ChargingState.SUSPENDED_EV
    assert ("hall/CP-01/connector1.energy", at_ms("02:32:00"), 1100) in [(r.point, r.at_ms, r.value) for r in late.readings]
    assert play.events(EventKind.SESSION_STOPPED) == []


def test_a_start_after_the_end_is_recorded_at_its_own_time() -> None:
    play = Play()
    play.event("Ended", 2, "02:36:00", kwh=11.5)
    play.event("Started", 0, "02:31:00", "Charging", 10.0)
    started, stopped = play.events(EventKind.SESSION_STARTED), play.events(EventKind.SESSION_STOPPED)
    assert [(e.at_ms, e.data["meter_wh"]) for e in started] == [(at_ms("02:31:00"), 10_000)]
    assert [(e.data["known"], e.data.get("started_ms")) for e in stopped] == [(False, None)]
    assert play.charger.open_on(1) is None


def test_an_end_without_a_start_tells_its_energy_by_the_marked_register() -> None:
    play = Play()
    begin, end = (
        {"value": value, "context": context, "unitOfMeasure": {"unit": "Wh", "multiplier": 3}}
        for value, context in ((10, "Transaction.Begin"), (12.5, "Transaction.End"))
    )
    entries = [
        {"timestamp": "2026-11-23T02:30:00Z", "sampledValue": [begin]},
        {"timestamp": "2026-11-23T02:40:00Z", "sampledValue": [end]},
    ]
    play.event("Ended", 9, "02:40:00", meterValue=entries)
    (stopped,) = play.events(EventKind.SESSION_STOPPED)
    assert (stopped.data["energy_wh"], stopped.data["meter_wh"], stopped.data["known"]) == (2500, 12_500, False)


def test_missing_events_are_counted() -> None:
    play = Play()
    play.event("Started", 3, "02:31:00", "Charging", 1.0)
    play.event("Updated", 5, "02:32:00", kwh=1.5)
    play.event("Ended", 8, "02:33:00", kwh=2.0)
    assert play.events(EventKind.SESSION_STOPPED)[0].data["missing"] == 3


def test_a_station_that_counts_nothing_loses_nothing() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    play.event("Updated", 0, "02:32:00", "SuspendedEV", 1.5)
    assert play.state()[1] is ChargingState.SUSPENDED_EV
    play.event("Ended", 0, "02:33:00", kwh=2.0)
    assert play.events(EventKind.SESSION_STOPPED)[0].data["energy_wh"] == 1000


def test_what_happened_off_line_becomes_history_and_not_the_present() -> None:
    play = Play()
    play.status("Available", at="02:00:00")
    play.status("Available", at="02:40:00")
    started = play.event("Started", 0, "02:10:00", "Charging", 1.0, offline=True)
    assert play.state() == FREE
    told = {(r.point.rpartition("/")[2], r.at_ms): r.value for r in started.readings}
    assert told["connector1.state", at_ms("02:10:00")] == ConnectorState.CHARGING
    assert told["connector1.energy", at_ms("02:10:00")] == 1000
    play.event("Ended", 1, "02:20:00", kwh=3.0, offline=True)
    assert play.state() == FREE
    assert play.events(EventKind.SESSION_STOPPED)[0].data["energy_wh"] == 2000
    assert play.events(EventKind.SESSION_INTERRUPTED) == []


def test_a_session_whose_end_never_comes_is_interrupted_once() -> None:
    play = Play()
    play.status("Occupied")
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    play("MeterValues", {"evseId": 1, "meterValue": [entry("02:32:00", 1700)]})
    play.status("Available", at="02:33:00")
    assert play.state() == FREE
    play("Heartbeat", {})
    assert play.events(EventKind.SESSION_INTERRUPTED) == []
    for _ in range(2):
        play.now_ms = at_ms("02:33:00") + PATIENCE_MS
        play("Heartbeat", {})
    (event,) = play.events(EventKind.SESSION_INTERRUPTED)
    assert (event.at_ms, event.data["energy_wh"], event.data["meter_wh"]) == (at_ms("02:33:00"), 700, 1700)
    play.event("Ended", 1, "02:32:30", kwh=1.8)
    assert play.events(EventKind.SESSION_STOPPED)[0].data["energy_wh"] == 800


def test_a_new_session_ends_the_one_before() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    play.event("Started", 0, "02:40:00", "Charging", 2.0, number="tx-2")
    assert [event.data["transaction"] for event in play.events(EventKind.SESSION_INTERRUPTED)] == ["tx-1"]
    running = play.charger.open_on(1)
    assert running is not None
    assert running.number == "tx-2"


def test_a_transaction_that_was_thought_gone_goes_on() -> None:
    play = Play()
    play.event("Started", 0, "02:31:00", "Charging", 1.0)
    play.status("Available", at="02:33:00")
    assert play.state() == FREE
    play.status("Occupied", at="02:33:05")
    play.event("Updated", 1, "02:33:06", "Charging", 1.0)
    assert play.state() == CHARGES


def test_a_transaction_of_an_unknown_place_is_recorded_and_touches_no_place() -> None:
    play = Play()
    outcome = play.event("Ended", 4, "02:36:00", kwh=3.0, evse=None)
    assert (outcome.readings, outcome.states) == ((), ())
    assert play.events(EventKind.SESSION_STOPPED)[0].data["connector"] is None
    assert Play(evses=1).event("Ended", 4, "02:36:00", kwh=3.0, evse=None).readings[0].point == "hall/CP-01/connector1.energy"


def test_tags_are_compared_and_forgotten() -> None:
    play = Play()
    token = {"idToken": "STOLEN", "type": "ISO14443"}
    assert play("Authorize", {"idToken": token}).answer == {"idTokenInfo": {"status": "Invalid"}}
    outcome = play.event("Started", 0, "02:31:00", "Charging", idToken=token)
    assert outcome.answer == {"idTokenInfo": {"status": "Invalid"}}
    assert play.event("Updated", 1, "02:32:00").answer == {}
    assert "STOLEN" not in repr(play.outcomes) + repr(play.charger)


def entry(at: str, value: float, **more: Any) -> dict[str, Any]:
    return {"timestamp": f"2026-11-23T{at}Z", "sampledValue": [{"value": value, **more}]}
