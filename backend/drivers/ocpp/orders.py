"""Operators' commands in the words of OCPP 1.6, and what the answers mean in every version."""

from collections.abc import Mapping
from typing import Final

from backend.drivers.ocpp.frames import Failure, Payload
from backend.drivers.ocpp.questions import Question
from backend.model.command import WAYS, CommandKind, Order, Verdict

MESSAGES: Final[Mapping[str, str]] = {
    "boot": "BootNotification",
    "heartbeat": "Heartbeat",
    "meter": "MeterValues",
    "status": "StatusNotification",
    "transaction": "TransactionEvent",
}
_VERDICTS: Final[Mapping[str, Verdict]] = {
    "Accepted": Verdict.ACCEPTED,
    "Unlocked": Verdict.ACCEPTED,
    "Scheduled": Verdict.SCHEDULED,
}


class CannotBeSaid(Exception):
    """This version of OCPP has no words for such an order."""


def said(order: Order) -> Question:
    """An order in the words of 1.6. Raises ``CannotBeSaid``."""
    how = way_of(order)
    match order.kind:
        case CommandKind.RESET:
            if order.connector is not None:
                raise CannotBeSaid
            return Question("Reset", {"type": how.capitalize()})
        case CommandKind.UNLOCK:
            return Question("UnlockConnector", {"connectorId": some_connector(order)})
        case CommandKind.AVAILABILITY:
            kind = "Operative" if how == "on" else "Inoperative"
            return Question("ChangeAvailability", {"connectorId": order.connector or 0, "type": kind})
        case CommandKind.TRIGGER:
            if how == "transaction":
                raise CannotBeSaid
            where = {} if order.connector is None else {"connectorId": order.connector}
            return Question("TriggerMessage", {"requestedMessage": MESSAGES[how], **where})


def way_of(order: Order) -> str:
    """How it is to be done; the usual way where nothing was said. Raises ``CannotBeSaid``."""
    ways = WAYS[order.kind]
    how = order.how or next(iter(ways), "")
    if how and how not in ways:
        raise CannotBeSaid
    return how


def some_connector(order: Order) -> int:
    """The connector that is meant, which has to be told. Raises ``CannotBeSaid``."""
    if not order.connector:
        raise CannotBeSaid
    return order.connector


def verdict_of(answer: Payload | Failure | None) -> tuple[Verdict, str]:
    """What an answer means, and the charger's own word for it."""
    match answer:
        case None:
            return Verdict.TIMED_OUT, ""
        case Failure(_, code):
            return Verdict.REFUSED, code[:40]
        case _:
            word = str(answer.get("status", ""))[:40]
            return _VERDICTS.get(word, Verdict.REFUSED), word
