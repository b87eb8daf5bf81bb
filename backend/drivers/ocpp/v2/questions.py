"""What we ask a station of OCPP 2.x that has just connected."""

from collections.abc import Sequence
from typing import Any

from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.questions import Question, trigger


def catch_up(charger: Charger, sample_s: int) -> Sequence[Question]:
    """What did not come by itself, what the station is made of, how transactions under way stand."""
    evses = sorted({plate.number for plate in charger.device.connectors} | {number for number in charger.connectors if number})
    running = sorted({t.connector for t in charger.transactions if t.is_open and t.connector})
    report = {"requestId": (charger.inventory.request or 0) % 2**30 + 1, "reportBase": "FullInventory"}
    return (
        trigger("BootNotification"),
        trigger("StatusNotification"),
        Question("GetBaseReport", report),
        Question("SetVariables", {"setVariableData": [_interval(sample_s)]}),
        *(_trigger_at("TransactionEvent", {"id": evse}) for evse in running),
        # Some stations tell a state only of the connector that they are asked for.
        *(_trigger_at("StatusNotification", {"id": evse, "connectorId": 1}) for evse in evses),
    )


def _interval(sample_s: int) -> dict[str, Any]:
    return {
        "component": {"name": "SampledDataCtrlr"},
        "variable": {"name": "TxUpdatedInterval"},
        "attributeValue": str(sample_s),
    }


def _trigger_at(message: str, evse: dict[str, int]) -> Question:
    return Question("TriggerMessage", {"requestedMessage": message, "evse": evse}, message)
