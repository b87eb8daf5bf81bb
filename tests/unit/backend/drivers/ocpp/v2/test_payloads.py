"""Payloads of OCPP 2.x: bad habits are mended, every answer of ours is by the book, the rest is refused."""

from typing import Any

import pytest
from ocpp.messages import MessageType, get_validator

from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.schemas import Refused
from backend.drivers.ocpp.v2.actions import decide
from backend.drivers.ocpp.v2.answers import ANSWERS, ANSWERS_21
from backend.drivers.ocpp.v2.payloads import RULES_21, RULES_201, Rules
from tests.support.charge_point import charger

AT = "2026-11-23T02:31:00Z"
METER: dict[str, Any] = {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": 5}]}]}
EVENT: dict[str, Any] = {
    "eventType": "Updated",
    "timestamp": AT,
    "triggerReason": "Trigger",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "t"},
    "evse": {"id": 1},
}


@pytest.mark.parametrize(("rules", "answers"), [(RULES_201, ANSWERS), (RULES_21, {**ANSWERS, **ANSWERS_21})])
def test_what_is_only_answered_is_answered_by_the_book(rules: Rules, answers: dict[str, Any]) -> None:
    for action, answer in answers.items():
        get_validator(MessageType.CallResult, action, rules.book.version).validate(answer)


@pytest.mark.parametrize(
    ("action", "payload", "repairs"),
    [
        ("MeterValues", METER | {"meterValue": METER["meterValue"][0]}, {"meterValue:object"}),
        ("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": []}]}, {"sampledValue:empty"}),
        ("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": {"value": 5}}]}, {"sampledValue:object"}),
        ("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": [{"value": "5"}]}]}, {"value:text"}),
        ("MeterValues", {"evseId": 1, "meterValue": [{"sampledValue": [{"value": 5}]}]}, {"timestamp:missing"}),
        ("MeterValues", METER | {"vendor": "x"}, {":additionalProperties"}),
        ("TransactionEvent", EVENT | {"offline": None}, {"offline:null"}),
        ("TransactionEvent", EVENT | {"seqNo": 1.0}, {"seqNo:fraction"}),
        ("TransactionEvent", EVENT | {"triggerReason": "Whim"}, {"triggerReason:enum"}),
        (
            "TransactionEvent",
            EVENT | {"transactionInfo": {"transactionId": "t", "stoppedReason": "Alien"}},
            {"transactionInfo.stoppedReason:enum"},
        ),
        ("TransactionEvent", EVENT | {"customData": {"mine": 1}}, {"customData:required"}),
    ],
)
def test_bad_habits(action: str, payload: dict[str, Any], repairs: set[str]) -> None:
    checked = RULES_201.check(action, payload)
    assert set(checked.repairs) == repairs
    outcome = decide(Charger(charger()), action, checked, Arrival(1_795_401_720_000, 1))
    get_validator(MessageType.CallResult, action, "2.0.1").validate(outcome.answer)


def test_a_bad_sample_costs_no_other() -> None:
    samples = [{"value": "?"}, {"value": 5}, {"value": 1, "measurand": "Mood"}]
    checked = RULES_201.check("MeterValues", {"evseId": 1, "meterValue": [{"timestamp": AT, "sampledValue": samples}]})
    assert checked.payload["meterValue"][0]["sampledValue"] == [{"value": 5}]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("StartTransaction", {}, "NotImplemented"),
        ("BatterySwap", {}, "NotImplemented"),
        ("MeterValues", {}, "ProtocolError"),
        ("MeterValues", METER | {"evseId": 4711}, "PropertyConstraintViolation"),
        ("TransactionEvent", EVENT | {"evse": {"id": -1}}, "PropertyConstraintViolation"),
        ("TransactionEvent", EVENT | {"eventType": "Paused"}, "PropertyConstraintViolation"),
        ("TransactionEvent", EVENT | {"seqNo": "one"}, "TypeConstraintViolation"),
    ],
)
def test_the_rest_is_refused(action: str, payload: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        RULES_201.check(action, payload)
    assert refused.value.code == code
