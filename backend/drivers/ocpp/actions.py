"""The calls of a charger: (what we know, call) -> outcome. No I/O, no clock (OCPP 1.6, section 4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.meter import read_samples, readings_of
from backend.drivers.ocpp.payloads import Checked
from backend.drivers.ocpp.sessions import start_transaction, stop_transaction
from backend.drivers.ocpp.stamps import write_stamp
from backend.drivers.ocpp.status import status_notification
from backend.model.device import Nameplate
from backend.model.event import Event, EventKind
from backend.model.quality import Flag

_LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a call came in, and the terms of this node."""

    now_ms: int
    next_transaction: int
    """Number for a transaction that starts now."""
    heartbeat_s: int = 60
    welcome: Callable[[str], bool] = lambda tag: True
    """Whether a tag may charge."""

    def tag_info(self, tag: str) -> Payload:
        """The idTagInfo of an answer."""
        return {"status": "Accepted" if self.welcome(tag) else "Invalid"}


def decide(charger: Charger, action: str, checked: Checked, arrival: Arrival) -> Outcome:
    """What a checked call means. Readings of a mended payload are flagged."""
    outcome = _ACTIONS[action](charger, checked.payload, arrival)
    if checked.repairs and outcome.readings:
        flagged = tuple(reading._replace(flags=reading.flags | Flag.REPAIRED) for reading in outcome.readings)
        return replace(outcome, readings=flagged)
    return outcome


def _boot(charger: Charger, payload: Payload, arrival: Arrival) -> Outcome:
    plate = Nameplate(
        payload["chargePointVendor"][:_LONGEST_NAME],
        payload["chargePointModel"][:_LONGEST_NAME],
        (payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber") or "")[:_LONGEST_NAME],
        payload.get("firmwareVersion", "")[:_LONGEST_NAME],
    )
    answer = {"status": "Accepted", "currentTime": write_stamp(arrival.now_ms), "interval": arrival.heartbeat_s}
    if plate == charger.plate:
        return Outcome(charger, answer)
    replaced = bool(charger.plate.serial and plate.serial and charger.plate.serial != plate.serial)
    data = {"maker": plate.maker, "model": plate.model, "serial": plate.serial, "version": plate.version, "replaced": replaced}
    identified = Event(arrival.now_ms, EventKind.DEVICE_IDENTIFIED, charger.device.key, {**data})
    return Outcome(replace(charger, plate=plate), answer, events=(identified,))


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
    samples = tuple(read_samples(payload["connectorId"], payload["meterValue"], arrival.now_ms))
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
