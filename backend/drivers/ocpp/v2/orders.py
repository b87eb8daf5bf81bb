"""Operators' commands in the words of OCPP 2.x, where a connector of 1.6 is an EVSE."""

from typing import Any, Final

from backend.drivers.ocpp.orders import MESSAGES, some_connector, way_of
from backend.drivers.ocpp.questions import Question
from backend.model.command import CommandKind, Order

_PLUG: Final = 1
"""Of an EVSE with several connectors the first one is meant."""


def said(order: Order) -> Question:
    """An order in the words of 2.x. Raises ``CannotBeSaid``."""
    how = way_of(order)
    evse: dict[str, Any] = {} if order.connector is None else {"evse": {"id": order.connector}}
    match order.kind:
        case CommandKind.RESET:
            one = {} if order.connector is None else {"evseId": order.connector}
            return Question("Reset", {"type": "OnIdle" if how == "soft" else "Immediate", **one})
        case CommandKind.UNLOCK:
            return Question("UnlockConnector", {"evseId": some_connector(order), "connectorId": _PLUG})
        case CommandKind.AVAILABILITY:
            return Question("ChangeAvailability", {"operationalStatus": "Operative" if how == "on" else "Inoperative", **evse})
        case CommandKind.TRIGGER:
            if how == "status" and order.connector is not None:
                evse = {"evse": {"id": order.connector, "connectorId": _PLUG}}
            return Question("TriggerMessage", {"requestedMessage": MESSAGES[how], **evse})
