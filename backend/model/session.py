"""A charging session, the same for every version of every protocol, read from the events that tell of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.model.event import Event, EventKind, EventValue


class Ending(StrEnum):
    """How a session came to its end."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    """By a fault, a reset, a loss of power; or nobody reported its end at all."""


INTERRUPTIONS: Final = frozenset(
    {
        "DeAuthorized",
        "EmergencyStop",
        "GroundFault",
        "HardReset",
        "ImmediateReset",
        "OvercurrentFault",
        "PowerLoss",
        "PowerQuality",
        "Reboot",
        "ReqEnergyTransferRejected",
        "SoftReset",
        "Timeout",
        "UnlockCommand",
    }
)
"""Reasons of OCPP 1.6, 2.0.1 and 2.1 for which neither driver, car nor operator wanted the end."""
ENDS: Final = frozenset({EventKind.SESSION_STOPPED, EventKind.SESSION_INTERRUPTED})


@dataclass(frozen=True, slots=True)
class ChargingSession:
    """A session that is over. What nobody told is None."""

    charger: str
    """Key of the device."""
    connector: int | None
    """In OCPP 2.x the EVSE."""
    transaction: int | str
    started_ms: int | None
    stopped_ms: int
    start_wh: float | None
    """Register at its start."""
    stop_wh: float | None
    energy_wh: float | None
    reason: str
    """As OCPP names it; empty where no end was reported."""
    ending: Ending


def session_of(ended: Event, beside: Iterable[Event] = ()) -> ChargingSession:
    """The session that an event of ``ENDS`` tells of; ``beside`` may hold the event of its start, should that have come later."""
    data = ended.data
    started_ms, start_wh = _whole(data.get("started_ms")), _figure(data.get("start_wh"))
    stop_wh, energy_wh = _figure(data.get("meter_wh")), _figure(data.get("energy_wh"))
    connector = _whole(data.get("connector"))
    start = next((each for each in beside if each.kind is EventKind.SESSION_STARTED and is_same(each, ended)), None)
    if start is not None and started_ms is None:
        started_ms, start_wh = start.at_ms, _figure(start.data.get("meter_wh"))
        connector = _whole(start.data.get("connector")) if connector is None else connector
    if energy_wh is None and start_wh is not None and stop_wh is not None and stop_wh >= start_wh:
        energy_wh = stop_wh - start_wh
    transaction, reason = data.get("transaction"), str(data.get("reason") or "")
    return ChargingSession(
        ended.subject,
        connector,
        transaction if isinstance(transaction, int | str) else "",
        started_ms,
        ended.at_ms,
        start_wh,
        stop_wh,
        energy_wh,
        reason,
        ending_of(ended.kind, reason),
    )


def ending_of(kind: EventKind, reason: str) -> Ending:
    """Complete, unless something went wrong."""
    wrong = kind is EventKind.SESSION_INTERRUPTED or reason in INTERRUPTIONS
    return Ending.INTERRUPTED if wrong else Ending.COMPLETE


def is_superseded(interrupted: Event, beside: Iterable[Event]) -> bool:
    """Whether the end of a session that was given up came after all: that one counts."""
    return any(each.kind is EventKind.SESSION_STOPPED and is_same(each, interrupted) for each in beside)


def is_same(one: Event, other: Event) -> bool:
    """Whether two events tell of the same session."""
    return one.subject == other.subject and one.data.get("transaction") == other.data.get("transaction")


def lacks_its_start(ended: Event) -> bool:
    """Whether the event of an end does not tell when the session began."""
    return ended.data.get("started_ms") is None


def _whole(value: EventValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _figure(value: EventValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
