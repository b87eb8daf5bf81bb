"""Frames that chargers send: recorded ones where there are any, made-up ones of every action always; and how to spoil them."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[3] / "shared/data/ocpp"
FILES = {"ocpp1.6": "ocpp16_shiv3.jsonl", "ocpp2.0.1": "ocpp201_shiv3.jsonl", "ocpp2.1": "ocpp21_shiv3.jsonl"}
AT = "2026-11-23T02:00:00Z"
_SAMPLE_16 = {"value": "5", "measurand": "Power.Active.Import", "unit": "kW", "phase": "L1", "context": "Sample.Periodic"}
_ENTRY_16 = {"timestamp": AT, "sampledValue": [_SAMPLE_16, {"value": "7"}]}
GOOD_16: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "T"},
    "BootNotification": {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"},
    "DataTransfer": {"vendorId": "V", "data": "x"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Installed"},
    "Heartbeat": {},
    "MeterValues": {"connectorId": 1, "transactionId": 3, "meterValue": [_ENTRY_16]},
    "StartTransaction": {"connectorId": 1, "idTag": "T", "meterStart": 5, "timestamp": AT},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": AT},
    "StopTransaction": {"transactionId": 3, "meterStop": 9, "timestamp": AT, "transactionData": [_ENTRY_16]},
}
_SAMPLE = {
    "value": 5.5,
    "measurand": "Power.Active.Import",
    "phase": "L1",
    "location": "Outlet",
    "unitOfMeasure": {"unit": "kW", "multiplier": 1},
}
_ENTRY = {"timestamp": AT, "sampledValue": [_SAMPLE, {"value": 7, "context": "Transaction.Begin"}]}
_TOKEN = {"idToken": "T", "type": "ISO14443"}
_COMPONENT = {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}
GOOD_2: dict[str, dict[str, Any]] = {
    "Authorize": {"idToken": _TOKEN},
    "BootNotification": {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V", "serialNumber": "S"}},
    "DataTransfer": {"vendorId": "V"},
    "Heartbeat": {},
    "MeterValues": {"evseId": 1, "meterValue": [_ENTRY]},
    "NotifyEvent": {
        "generatedAt": AT,
        "seqNo": 0,
        "eventData": [
            {
                "eventId": 1,
                "timestamp": AT,
                "trigger": "Alerting",
                "actualValue": value,
                "eventNotificationType": "HardWiredNotification",
                "component": _COMPONENT,
                "variable": {"name": name},
            }
            for name, value in (("AvailabilityState", "Occupied"), ("Problem", "true"))
        ],
    },
    "NotifyReport": {
        "requestId": 1,
        "generatedAt": AT,
        "seqNo": 0,
        "reportData": [
            {
                "component": _COMPONENT,
                "variable": {"name": "ConnectorType"},
                "variableAttribute": [{"type": "Actual", "value": "cCCS2"}],
                "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False, "maxLimit": 5.0},
            }
        ],
    },
    "SecurityEventNotification": {"type": "InvalidCsr", "timestamp": AT},
    "SignCertificate": {"csr": "x"},
    "StatusNotification": {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
    "TransactionEvent": {
        "eventType": "Updated",
        "timestamp": AT,
        "triggerReason": "ChargingStateChanged",
        "seqNo": 3,
        "transactionInfo": {"transactionId": "t", "chargingState": "Charging", "stoppedReason": "Local"},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": _TOKEN,
        "meterValue": [_ENTRY],
    },
}
_JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 64, 65, 2**31, 2**63, 10**30, 1e308, -0.0, "", "x", "\x00", "é" * 300, [], {}, [[]], {"a": {}}),
    *("2026-11-23T02:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "NaN", "Infinity", "1e999", "Available"),
)


def good_calls(protocol: str) -> list[tuple[str, dict[str, Any]]]:
    """Action and payload: made up, and recorded where there are recordings."""
    made_up = list((GOOD_16 if protocol == "ocpp1.6" else GOOD_2).items())
    file = RECORDED / FILES[protocol]
    if not file.exists():
        return made_up
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    calls = [row["frame"] for row in rows if row["dir"] == "in" and row["frame"][0] == 2]
    return made_up + [(frame[2], frame[3]) for frame in calls]


class Spoiler:
    """Makes inputs from real calls: values changed, removed, moved; bytes changed, cut, repeated; and noise."""

    def __init__(self, protocol: str, chance: random.Random) -> None:
        self._calls = [(action, json.dumps(payload)) for action, payload in good_calls(protocol)]
        self._chance = chance

    def frame(self) -> bytes:
        """One input; some are as they should be."""
        chance = self._chance
        action, text = chance.choice(self._calls)
        payload = json.loads(text)
        kind = chance.choice((2, 2, 2, 2, 2, 2, 2, 3, 4, 5, 6, "2", None))
        for _ in range(chance.randint(0, 3)):
            self._spoil(payload)
        data = json.dumps([kind, chance.choice(("f", "f", "f", 7, None, "x" * 40)), action, payload]).encode()
        if chance.random() < 0.35:
            data = self._harmed(bytearray(data))
        return data if chance.random() > 0.02 else chance.randbytes(chance.randint(0, 200))

    def _spoil(self, payload: dict[str, Any]) -> None:
        chance, places = self._chance, list(_places(payload))
        if not places or chance.random() < 0.1:
            payload[chance.choice(("x", "evse", "connectorId", "customData"))] = chance.choice(_JUNK)
            return
        holder, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1:
                other, there = chance.choice(places)
                if (isinstance(other, dict) and there in other) or (isinstance(other, list) and there < len(other)):
                    holder[key] = json.loads(json.dumps(other[there]))
            case _:
                holder[key] = chance.choice(_JUNK)

    def _harmed(self, data: bytearray) -> bytes:
        chance = self._chance
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    del data[at:]
                case 1:
                    data[at : at + 1] = chance.randbytes(1)
                case 2:
                    data[at:at] = chance.choice((b"[" * 3000, b"{", b'"', b"\\u0000", b"9" * 5000, b"}"))
                case _:
                    data[at:at] = data[max(0, at - 20) : at]
        return bytes(data)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key inside a payload."""
    keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])
