"""The calls of a station that speaks OCPP 2.x: (what we know, call) -> outcome. No I/O, no clock."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.arrival import Arrival, flagged
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.meter import newest_register, readings_of
from backend.drivers.ocpp.nameplate import identified, plate_of
from backend.drivers.ocpp.schemas import Checked
from backend.drivers.ocpp.settling import settled
from backend.drivers.ocpp.stamps import write_stamp
from backend.drivers.ocpp.v2.answers import ANSWERS, ANSWERS_21
from backend.drivers.ocpp.v2.meter import samples_of
from backend.drivers.ocpp.v2.notices import notify_event, security_event
from backend.drivers.ocpp.v2.report import notify_report
from backend.drivers.ocpp.v2.status import status_notification
from backend.drivers.ocpp.v2.transactions import transaction_event


def decide(charger: Charger, action: str, checked: Checked, arrival: Arrival) -> Outcome:
    """What a checked call means. Readings of a mended payload are flagged."""
    take = _ACTIONS.get(action)
    if take is None:
        return settled(Outcome(charger, _ANSWERS[action]), arrival.now_ms)
    return settled(flagged(take(charger, checked.payload, arrival), checked), arrival.now_ms)


def _boot(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    station = payload["chargingStation"]
    told = plate_of(station["vendorName"], station["model"], station.get("serialNumber", ""), station.get("firmwareVersion", ""))
    charger, events = identified(charger, told, arrival.now_ms)
    answer = {"status": "Accepted", "currentTime": write_stamp(arrival.now_ms), "interval": arrival.heartbeat_s}
    return Outcome(charger, answer, events=events)


def _heartbeat(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    del payload
    return Outcome(charger, {"currentTime": write_stamp(arrival.now_ms)})


def _authorize(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    return Outcome(charger, {"idTokenInfo": arrival.tag_info(payload["idToken"]["idToken"])})


def _meter_values(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    evse: int = payload["evseId"]
    samples = samples_of(evse, payload["meterValue"], arrival.now_ms)
    register_wh = newest_register(evse, samples)
    if register_wh is not None:
        charger = charger.with_register(evse, register_wh)
    return Outcome(charger, {}, tuple(sample.spec for sample in samples), readings_of(charger.device.key, samples))


def _transaction(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    outcome = transaction_event(charger, payload, arrival.now_ms)
    if "idToken" not in payload:
        return outcome
    return replace(outcome, answer={"idTokenInfo": arrival.tag_info(payload["idToken"]["idToken"])})


_Timed = Callable[[Charger, Payload, int], Outcome]
_Take = Callable[[Charger, Payload, Arrival], Outcome]


def _at(take: _Timed) -> _Take:
    """For those that need of the arrival no more than its time."""
    return lambda charger, payload, arrival: take(charger, payload, arrival.now_ms)


_ANSWERS: Final = {**ANSWERS, **ANSWERS_21}
_ACTIONS: Final[Mapping[str, _Take]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "NotifyEvent": _at(notify_event),
    "NotifyReport": _at(notify_report),
    "SecurityEventNotification": _at(security_event),
    "StatusNotification": _at(status_notification),
    "TransactionEvent": _transaction,
}
