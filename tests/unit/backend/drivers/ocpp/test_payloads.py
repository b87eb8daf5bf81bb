"""What is mended, what is refused, and with which code."""

from typing import Any

import pytest

from backend.drivers.ocpp.frames import ErrorCode
from backend.drivers.ocpp.payloads import check
from backend.drivers.ocpp.schemas import Refused

AT = "2026-11-23T01:00:00Z"
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {"connectorId": 1, "idTag": "T", "meterStart": 5, "timestamp": AT}


def meter(*samples: Any, **more: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": AT, "sampledValue": list(samples)}], **more}


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("NoSuchAction", {}, ErrorCode.NOT_IMPLEMENTED),
        ("RemoteStartTransaction", {"idTag": "T"}, ErrorCode.NOT_IMPLEMENTED),
        ("../../Heartbeat", {}, ErrorCode.NOT_IMPLEMENTED),
        ("StatusNotification", {}, ErrorCode.PROTOCOL),
        ("StatusNotification", STATUS | {"status": "Occupied"}, ErrorCode.PROPERTY),
        ("StatusNotification", STATUS | {"connectorId": "1"}, ErrorCode.TYPE),
        ("StatusNotification", STATUS | {"connectorId": True}, ErrorCode.TYPE),
        ("StatusNotification", STATUS | {"connectorId": -1}, ErrorCode.PROPERTY),
        ("StatusNotification", STATUS | {"connectorId": 10**30}, ErrorCode.PROPERTY),
        ("Authorize", {"idTag": "x" * 21}, ErrorCode.PROPERTY),
        ("MeterValues", {"connectorId": 1}, ErrorCode.PROTOCOL),
        ("MeterValues", {"connectorId": 1, "meterValue": 5}, ErrorCode.TYPE),
        ("MeterValues", {"connectorId": 1, "meterValue": [5]}, ErrorCode.TYPE),
        ("StartTransaction", START | {"meterStart": "5"}, ErrorCode.TYPE),
    ],
)
def test_what_is_refused(action: str, payload: dict[str, Any], code: ErrorCode) -> None:
    with pytest.raises(Refused) as refused:
        check(action, payload)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("action", "payload", "mended", "repairs"),
    [
        ("Heartbeat", {}, {}, ()),
        ("Heartbeat", {"extra": 1}, {"extra": 1}, (":additionalProperties",)),
        ("StatusNotification", STATUS | {"timestamp": None}, STATUS, ("timestamp:null",)),
        ("StartTransaction", START | {"meterStart": 5.0}, START, ("meterStart:fraction",)),
        (
            "StopTransaction",
            {"transactionId": 7, "meterStop": 9, "timestamp": AT, "reason": "Bored"},
            {"transactionId": 7, "meterStop": 9, "timestamp": AT, "reason": "Other"},
            ("reason:unknown",),
        ),
        ("MeterValues", meter(), meter(), ("sampledValue:empty",)),
        ("MeterValues", meter({"value": 7}), meter({"value": "7"}), ("value:number",)),
        ("MeterValues", meter({"value": "7", "unit": "KWH"}), meter({"value": "7", "unit": "kWh"}), ("unit:spelling",)),
        (
            "MeterValues",
            meter() | {"meterValue": {"timestamp": AT, "sampledValue": {"value": "7"}}},
            meter({"value": "7"}),
            ("meterValue:object", "sampledValue:object"),
        ),
        (
            "MeterValues",
            meter({"value": "1"}, {"value": "2", "measurand": "Mood"}, "x", {"value": "3"}),
            meter({"value": "1"}, {"value": "3"}),
            ("meterValue.0.sampledValue.1.measurand:enum", "meterValue.0.sampledValue.2:type"),
        ),
    ],
)
def test_what_is_mended(action: str, payload: dict[str, Any], mended: dict[str, Any], repairs: tuple[str, ...]) -> None:
    checked = check(action, payload)
    assert checked.payload == mended
    assert checked.repairs == repairs


def test_names_longer_than_allowed_do_not_keep_a_charger_out() -> None:
    checked = check("BootNotification", {"chargePointVendor": "v" * 40, "chargePointModel": "m"})
    assert checked.repairs == ("chargePointVendor:maxLength",)


def test_the_callers_payload_stays_as_it_was() -> None:
    payload = meter({"value": 7})
    check("MeterValues", payload)
    assert payload == meter({"value": 7})
