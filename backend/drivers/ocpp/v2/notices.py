"""NotifyEvent: what a station tells of its own parts, such as a connector's availability or a problem (2.0.1, N)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.schemas import LARGEST_CONNECTOR
from backend.drivers.ocpp.stamps import Stamp, read_stamp
from backend.drivers.ocpp.v2.places import AVAILABILITY, moved
from backend.drivers.ocpp.v2.status import available
from backend.model.event import Event, EventKind

_PLACES: Final = frozenset({"ChargingStation", "EVSE", "Connector"})
_MOST: Final = 20
"""So many notices of one message are recorded."""
_LONGEST: Final = 64

Row = Mapping[str, Any]


def notify_event(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """Each row by itself, in order."""
    outcome = Outcome(charger, {})
    for row in payload["eventData"]:
        outcome = _after(outcome, _told(outcome.charger, row, now_ms))
    return replace(outcome, events=outcome.events[: 4 * _MOST])


def security_event(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """Only its type is kept: what else is said may name anybody."""
    stamp = read_stamp(payload["timestamp"], now_ms)
    data = {"type": str(payload["type"])[:_LONGEST]}
    return Outcome(charger, {}, events=(Event(stamp.at_ms, EventKind.DEVICE_SECURITY, charger.device.key, {**data}),))


def _after(before: Outcome, now: Outcome) -> Outcome:
    return replace(
        now,
        specs=(*before.specs, *now.specs),
        readings=(*before.readings, *now.readings),
        states=(*before.states, *now.states),
        events=(*before.events, *now.events),
    )


def _told(charger: Charger, row: Row, now_ms: int) -> Outcome:
    stamp = read_stamp(row["timestamp"], now_ms)
    component, variable = row["component"], row["variable"]["name"]
    place: Row = component.get("evse", {})
    evse, number = place.get("id", 0), place.get("connectorId", 0)
    if component["name"] not in _PLACES or not (0 <= evse <= LARGEST_CONNECTOR and 0 <= number <= LARGEST_CONNECTOR):
        return Outcome(charger, {}, events=_notice(charger, row, stamp))
    match variable:
        case "AvailabilityState" if row["actualValue"] in AVAILABILITY and (number or not evse):
            return available(charger, evse, number, AVAILABILITY[row["actualValue"]], stamp, now_ms)
        case "Problem":
            return _problem(charger, evse, row, replace(stamp, at_ms=min(stamp.at_ms, now_ms)))
        case _:
            return Outcome(charger, {}, events=_notice(charger, row, stamp))


def _problem(charger: Charger, evse: int, row: Row, stamp: Stamp) -> Outcome:
    """The state of a place stays what it is; that something is wrong with it makes the health of the charger."""
    on = row["actualValue"].lower() == "true" and not row.get("cleared", False)
    others = {place: word for place, word in charger.problems.items() if place != evse}
    word = str(row.get("techCode") or "Problem")[:_LONGEST]
    outcome = moved(replace(charger, problems={**others, evse: word} if on else others), evse, stamp)
    return replace(outcome, events=(*_notice(charger, row, stamp), *outcome.events))


def _notice(charger: Charger, row: Row, stamp: Stamp) -> tuple[Event, ...]:
    """Values that are told again and again are no news; alerts are."""
    if row["trigger"] != "Alerting" and row["variable"]["name"] != "Problem":
        return ()
    data = {
        "component": str(row["component"]["name"])[:_LONGEST],
        "evse": row["component"].get("evse", {}).get("id"),
        "variable": str(row["variable"]["name"])[:_LONGEST],
        "value": str(row["actualValue"])[:_LONGEST],
        "trigger": row["trigger"],
        "code": str(row.get("techCode", ""))[:_LONGEST],
        "cleared": row.get("cleared", False),
    }
    return (Event(stamp.at_ms, EventKind.DEVICE_NOTICE, charger.device.key, {**data}),)
