"""The calls of a charger: (what we know, call) -> outcome. No I/O, no clock (OCPP 1.6, section 4)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.arrival import Arrival, flagged
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.meter import newest_register, read_samples, readings_of
from backend.drivers.ocpp.nameplate import identified, plate_of
from backend.drivers.ocpp.schemas import Checked
from backend.drivers.ocpp.sessions import start_transaction, stop_transaction
from backend.drivers.ocpp.settling import settled
from backend.drivers.ocpp.stamps import write_stamp
from backend.drivers.ocpp.status import status_notification


def decide(charger: Charger, action: str, checked: Checked, arrival: Arrival) -> Outcome:
    """What a checked call means. Readings of a mended payload are flagged."""
    return settled(flagged(_ACTIONS[action](charger, checked.payload, arrival), checked), arrival.now_ms)


def _boot(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    serial = payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber") or ""
    told = plate_of(payload["chargePointVendor"], payload["chargePointModel"], serial, payload.get("firmwareVersion", ""))
    charger, events = identified(charger, told, arrival.now_ms)
    answer = {"status": "Accepted", "currentTime": write_stamp(arrival.now_ms), "interval": arrival.heartbeat_s}
    return Outcome(charger, answer, events=events)


def _heartbeat(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    del payload
    return Outcome(charger, {"currentTime": write_stamp(arrival.now_ms)})


def _authorize(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    return Outcome(charger, {"idTagInfo": arrival.tag_info(payload["idTag"])})


def _status(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    return status_notification(charger, payload, arrival.now_ms)


def _start(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    outcome = start_transaction(charger, payload, arrival.now_ms, arrival.next_transaction)
    return replace(outcome, answer={**outcome.answer, "idTagInfo": arrival.tag_info(payload["idTag"])})


def _stop(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    outcome = stop_transaction(charger, payload, arrival.now_ms)
    if "idTag" in payload:
        return replace(outcome, answer={"idTagInfo": arrival.tag_info(payload["idTag"])})
    return outcome


def _meter_values(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    connector: int = payload["connectorId"]
    samples = tuple(read_samples(connector, payload["meterValue"], arrival.now_ms))
    register_wh = newest_register(connector, samples)
    if register_wh is not None:
        charger = charger.with_register(connector, register_wh)
    return Outcome(charger, {}, tuple(sample.spec for sample in samples), readings_of(charger.device.key, samples))


def _data_transfer(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    """We speak no vendor's dialect: OCPP 1.6, section 4.3 gives the answer."""
    del payload, arrival
    return Outcome(charger, {"status": "UnknownVendorId"})


def _noted(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    del payload, arrival
    return Outcome(charger, {})


_ACTIONS: Final[Mapping[str, Callable[[Charger, Payload, Arrival], Outcome]]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _data_transfer,
    "DiagnosticsStatusNotification": _noted,
    "FirmwareStatusNotification": _noted,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "StartTransaction": _start,
    "StatusNotification": _status,
    "StopTransaction": _stop,
}
