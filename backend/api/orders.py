"""Operators' commands on the control channel: from a question to an order, and from its receipt to an answer."""

from typing import Final

from backend.api.control import Answer, RefusedError
from backend.model.command import WAYS, CommandKind, Order, Receipt
from backend.model.message import Message

_LONGEST: Final = 64
_CONNECTORS: Final = range(65)


def order_of(request: Answer) -> Order:
    """Raises ``RefusedError`` where it is none."""
    named = str(request.get("kind"))
    if named not in list(CommandKind):
        raise RefusedError(Message("There is no command “{name}”.", {"name": named[:_LONGEST]}))
    kind, how, connector = CommandKind(named), str(request.get("how") or ""), request.get("connector")
    if how and how not in WAYS[kind]:
        raise RefusedError(Message("“{name}” cannot be done in the way “{how}”.", {"name": kind.value, "how": how[:_LONGEST]}))
    if connector is not None and connector not in _CONNECTORS:
        raise RefusedError(Message("There is no connector {number}.", {"number": str(connector)[:_LONGEST]}))
    by = str(request.get("by") or "")[:_LONGEST]
    return Order(str(request.get("device")), kind, how, connector if isinstance(connector, int) else None, by)


def receipt_answer(receipt: Receipt) -> Answer:
    """What the asker gets to see."""
    return {
        "number": receipt.number,
        "asked_ms": receipt.asked_ms,
        "done_ms": receipt.done_ms,
        "verdict": receipt.verdict.value,
        "word": receipt.word,
    }
