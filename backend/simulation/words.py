"""What a pseudo charge point says, in the words of OCPP 1.6 or 2.0.1: the same life, told in another way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, cast

from backend.drivers.ocpp.frames import Payload
from backend.simulation.outlet import Pending, Session

_AVAILABILITY: Final = {"Available": "Available", "Unavailable": "Unavailable", "Faulted": "Faulted"}
_CHARGING: Final = {"Charging": "Charging", "SuspendedEV": "SuspendedEV", "SuspendedEVSE": "SuspendedEVSE"}
_NO_ERROR: Final = "NoError"


class Words(Protocol):
    """One version of OCPP, spoken by a charge point."""

    protocol: str

    def said(self, message: Pending) -> Sequence[Pending]:
        """A message of 1.6 in these words: one or several, or none where there is nothing to say."""
        ...

    def numbered(self, message: Pending) -> None:
        """Fill in what is only known when it is sent."""
        ...


class Words16:
    """As it is."""

    protocol = "ocpp1.6"

    def said(self, message: Pending) -> Sequence[Pending]:
        return (message,)

    def numbered(self, message: Pending) -> None:
        """The number that the central system gave to the transaction."""
        session = message.session
        if session is not None and message.action != "StartTransaction":
            message.payload["transactionId"] = session.number if session.number is not None else -1


class Words201:
    """OCPP 2.0.1: a connector of 1.6 is an EVSE with one connector, and sessions are told by numbered events."""

    protocol = "ocpp2.0.1"

    def __init__(self) -> None:
        self._running: dict[int, Session] = {}
        self._troubles: dict[int, str] = {}
        self._notices = 0

    def numbered(self, message: Pending) -> None:
        """All is known beforehand."""

    def said(self, message: Pending) -> Sequence[Pending]:
        """Raises ``KeyError`` for what a charge point of 1.6 does not say."""
        payload = cast("dict[str, Any]", message.payload)
        match message.action:
            case "BootNotification":
                return (Pending("BootNotification", _boot(payload)),)
            case "Authorize":
                return (Pending("Authorize", {"idToken": _token(payload["idTag"])}),)
            case "StatusNotification":
                return tuple(self._status(payload))
            case "StartTransaction" | "MeterValues" | "StopTransaction" if message.session is not None:
                return (self._event(message.action, payload, message.session),)
            case _:
                return (message,)

    def _status(self, payload: Mapping[str, Any]) -> Sequence[Pending]:
        evse: int = payload["connectorId"]
        stamp: str = payload["timestamp"]
        word: str = payload["status"]
        told: dict[str, object] = {
            "timestamp": stamp,
            "connectorStatus": _AVAILABILITY.get(word, "Occupied"),
            "evseId": evse,
            "connectorId": min(evse, 1),
        }
        status, trouble = Pending("StatusNotification", told), self._trouble(evse, payload["errorCode"], stamp)
        messages = [status, *trouble] if payload["errorCode"] == _NO_ERROR else [*trouble, status]
        session = self._running.get(evse)
        if session is not None and word in _CHARGING and word != session.shown:
            session.shown = word
            messages.append(_numbered("Updated", "ChargingStateChanged", stamp, evse, session, {"chargingState": word}))
        return messages

    def _trouble(self, evse: int, code: str, stamp: str) -> Sequence[Pending]:
        """Which error it is, 2.0.1 tells by an event."""
        before = self._troubles.get(evse, _NO_ERROR)
        if before == code:
            return ()
        self._troubles[evse] = code
        self._notices += 1
        row = {
            "eventId": self._notices,
            "timestamp": stamp,
            "trigger": "Alerting",
            "actualValue": "false" if code == _NO_ERROR else "true",
            "techCode": before if code == _NO_ERROR else code,
            "eventNotificationType": "HardWiredMonitor",
            "component": {"name": "EVSE", "evse": {"id": evse}},
            "variable": {"name": "Problem"},
        }
        return (Pending("NotifyEvent", {"generatedAt": stamp, "seqNo": 0, "eventData": [row]}),)

    def _event(self, action: str, payload: Mapping[str, Any], session: Session) -> Pending:
        evse = session.visit.connector
        match action:
            case "StartTransaction":
                self._running[evse], session.shown = session, "Charging"
                meter, info = (
                    _register(payload["timestamp"], payload["meterStart"], "Transaction.Begin"),
                    {"chargingState": "Charging"},
                )
                message = _numbered("Started", "Authorized", payload["timestamp"], evse, session, info, meter)
                message.payload["idToken"] = _token(session.tag)
            case "StopTransaction":
                self._running.pop(evse, None)
                meter, info = (
                    _register(payload["timestamp"], payload["meterStop"], "Transaction.End"),
                    {"stoppedReason": payload["reason"]},
                )
                message = _numbered("Ended", "EVCommunicationLost", payload["timestamp"], evse, session, info, meter)
            case _:
                entries = [_entry(entry) for entry in payload["meterValue"]]
                message = _numbered("Updated", "MeterValuePeriodic", entries[0]["timestamp"], evse, session, {}, entries)
        return message


def _numbered(
    kind: str, trigger: str, stamp: str, evse: int, session: Session, info: Payload, meter: Sequence[Any] = ()
) -> Pending:
    payload: dict[str, object] = {
        "eventType": kind,
        "timestamp": stamp,
        "triggerReason": trigger,
        "seqNo": session.events,
        "transactionInfo": {"transactionId": f"{session.tag}-{session.visit.arrive_ms}", **info},
        "evse": {"id": evse, "connectorId": 1},
    }
    session.events += 1
    return Pending("TransactionEvent", payload | ({"meterValue": list(meter)} if meter else {}), session)


def _register(stamp: str, register_wh: float, context: str) -> Sequence[Any]:
    sample = {"value": register_wh, "context": context, "measurand": "Energy.Active.Import.Register"}
    return [{"timestamp": stamp, "sampledValue": [sample | {"unitOfMeasure": {"unit": "Wh"}}]}]


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    samples = [
        {"value": float(each["value"]), "measurand": each["measurand"], "unitOfMeasure": {"unit": each["unit"]}}
        for each in entry["sampledValue"]
    ]
    return {"timestamp": entry["timestamp"], "sampledValue": samples}


def _boot(payload: Mapping[str, Any]) -> dict[str, object]:
    station = {
        "vendorName": payload["chargePointVendor"],
        "model": payload["chargePointModel"],
        "serialNumber": payload["chargePointSerialNumber"],
        "firmwareVersion": payload["firmwareVersion"],
    }
    return {"reason": "PowerUp", "chargingStation": station}


def _token(tag: str) -> dict[str, str]:
    return {"idToken": tag, "type": "ISO14443"}


def report(request: int, plugs: Mapping[int, str], stamp: str) -> Pending:
    """What the charge point is made of, by EVSE."""
    rows = [
        {
            "component": {"name": "Connector", "evse": {"id": evse, "connectorId": 1}},
            "variable": {"name": "ConnectorType"},
            "variableAttribute": [{"type": "Actual", "value": plug, "mutability": "ReadOnly"}],
        }
        for evse, plug in sorted(plugs.items())
    ]
    payload: dict[str, object] = {"requestId": request, "generatedAt": stamp, "seqNo": 0, "tbc": False, "reportData": rows}
    return Pending("NotifyReport", payload)
