"""StatusNotification and what else tells of a connector's availability: the newest counts, by the station's own clock."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome, Plug
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.points import plug_spec
from backend.drivers.ocpp.stamps import MIXED_CLOCKS_MS, Stamp, read_stamp
from backend.drivers.ocpp.v2.places import (
    AVAILABILITY,
    has_several,
    is_past,
    joined,
    moved,
    plug_reading,
    state_readings,
    state_specs,
    with_plug,
)
from backend.model.event import Event, EventKind
from backend.model.reading import Reading
from backend.model.states import ConnectorState

STATION: Final = 0


def status_notification(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """A connector of an EVSE is in this state; EVSE 0 is the station."""
    stamp = read_stamp(payload["timestamp"], now_ms)
    return available(charger, payload["evseId"], payload["connectorId"], AVAILABILITY[payload["connectorStatus"]], stamp, now_ms)


def available(charger: Charger, evse: int, number: int, state: ConnectorState, stamp: Stamp, now_ms: int) -> Outcome:
    """A newer availability replaces the known one; an older one only becomes history."""
    stamp = replace(stamp, at_ms=min(stamp.at_ms, now_ms))
    before = charger.plugs.get((evse, number))
    same = before is not None and before.state is state
    late = before is not None and _is_older(before, stamp)
    if not late:
        since_ms = before.since_ms if before is not None and same else stamp.at_ms
        charger = with_plug(charger, evse, number, Plug(state, since_ms, stamp.at_ms, stamp.own))
    readings = plug_reading(charger, evse, number, state, stamp.at_ms, stamp.flags)
    specs = (plug_spec(evse, number),) if readings else ()
    if late:
        return Outcome(charger, {}, specs, tuple(readings))
    outcome = moved(_with_car_gone(charger, evse, stamp.at_ms), evse, stamp)
    if not outcome.readings:
        outcome = replace(outcome, specs=state_specs(evse), readings=_said_again(outcome.charger, evse, stamp))
    events = outcome.events if same else (*_plug_events(charger, evse, number, state, stamp.at_ms), *outcome.events)
    return replace(outcome, specs=(*specs, *outcome.specs), readings=(*readings, *outcome.readings), events=events)


def _said_again(charger: Charger, evse: int, stamp: Stamp) -> tuple[Reading, ...]:
    return state_readings(charger.device.key, evse, *joined(charger, evse), stamp)


def _is_older(before: Plug, stamp: Stamp) -> bool:
    if not stamp.own:
        return False
    return stamp.at_ms < (before.heard_ms if before.own else before.heard_ms - MIXED_CLOCKS_MS)


def _with_car_gone(charger: Charger, evse: int, at_ms: int) -> Charger:
    """Whose car was connected before has gone with it."""
    if evse == STATION:
        return charger
    return charger.with_left((t.number for t in charger.transactions if t.connector == evse and is_past(charger, t)), at_ms)


def _plug_events(charger: Charger, evse: int, number: int, state: ConnectorState, at_ms: int) -> Sequence[Event]:
    if not has_several(charger, evse):
        return ()
    return (Event(at_ms, EventKind.PLUG_STATE, charger.device.key, {"evse": evse, "plug": number, "state": state.name}),)
