"""An operator's command to a device, and the receipt for it: nothing that was asked for is dropped in silence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CommandKind(StrEnum):
    """What a charger can be told to do."""

    RESET = "reset"
    """``how``: ``soft`` (when nobody charges any more) or ``hard`` (at once)."""
    UNLOCK = "unlock"
    """Let go of the plug of one connector."""
    AVAILABILITY = "availability"
    """``how``: ``on`` or ``off``; of one connector or of all."""
    TRIGGER = "trigger"
    """``how``: ``boot``, ``heartbeat``, ``status``, ``meter`` or ``transaction``: send that message now."""


WAYS: dict[CommandKind, tuple[str, ...]] = {
    CommandKind.RESET: ("soft", "hard"),
    CommandKind.UNLOCK: (),
    CommandKind.AVAILABILITY: ("on", "off"),
    CommandKind.TRIGGER: ("status", "meter", "heartbeat", "boot", "transaction"),
}
"""What ``how`` may be, the usual one first."""


class Verdict(StrEnum):
    """What became of a command."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    """The device will do it as soon as it can, such as when nobody charges any more."""
    REFUSED = "refused"
    """The device says no."""
    TIMED_OUT = "timed_out"
    """It was sent, and no answer came: it may have been done or not."""
    OFFLINE = "offline"
    """Never sent: the device is not connected."""
    UNSUPPORTED = "unsupported"
    """Never sent: this device, or the protocol it speaks, knows no such command."""
    UNKNOWN = "unknown"
    """The node was stopped before an answer came: it may have been done or not."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of a device."""

    device: str
    kind: CommandKind
    how: str = ""
    connector: int | None = None
    """None means the whole charger. In OCPP 2.x this is the EVSE."""
    by: str = ""
    """Who asks."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an order; the same stands in the events of its number."""

    number: str
    order: Order
    asked_ms: int
    done_ms: int
    verdict: Verdict
    word: str = ""
    """The device's own answer, such as ``Rejected`` or an error code."""


class CommandDesk(Protocol):
    """Takes orders for devices (a listening driver implements it)."""

    async def command(self, order: Order) -> Receipt:
        """Record, send, wait for the answer, record it. Never raises for what the device does. Raises ``StorageError``."""
        ...
