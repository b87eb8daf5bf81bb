"""The state of a place to charge (EVSE): what its connectors say, and what the transaction there says, taken together.

OCPP 2.x tells the two apart: a connector is Available, Occupied, Reserved, Unavailable or Faulted; how far a car is, only its
transaction tells (domain.md section 4). An EVSE is what 1.6 calls a connector: one car charges there at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome, Plug, Transaction
from backend.drivers.ocpp.points import charging_spec, first_specs, plug_spec, state_spec
from backend.drivers.ocpp.stamps import Stamp
from backend.drivers.ocpp.status import changed, with_session
from backend.model.device import ConnectorStatus
from backend.model.point import PointSpec
from backend.model.quality import Flag
from backend.model.reading import Reading
from backend.model.states import ChargingState, ConnectorState

OCCUPIED: Final = ConnectorState.PREPARING
AVAILABILITY: Final[Mapping[str, ConnectorState]] = {
    "Available": ConnectorState.AVAILABLE,
    "Occupied": OCCUPIED,
    "Reserved": ConnectorState.RESERVED,
    "Unavailable": ConnectorState.UNAVAILABLE,
    "Faulted": ConnectorState.FAULTED,
}
"""ConnectorStatusEnumType. Occupied says no more than that a car, or who will bring one, is there."""
_STATE_OF: Final[Mapping[ChargingState, ConnectorState]] = {
    ChargingState.CHARGING: ConnectorState.CHARGING,
    ChargingState.SUSPENDED_EV: ConnectorState.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorState.SUSPENDED_EVSE,
}
_FIRST_COUNTS: Final = (
    OCCUPIED,
    ConnectorState.AVAILABLE,
    ConnectorState.RESERVED,
    ConnectorState.UNAVAILABLE,
    ConnectorState.FAULTED,
)
"""Of several connectors of an EVSE the first state in this order counts: a taken one takes the EVSE, a free one frees it."""


def joined(charger: Charger, evse: int) -> tuple[ConnectorState, ChargingState]:
    """State and charging state of an EVSE, or of the station (0)."""
    offered = _availability(charger, evse)
    if offered is ConnectorState.FAULTED or offered is ConnectorState.UNAVAILABLE:
        return offered, ChargingState.NONE
    running = charger.open_on(evse) if evse else None
    if running is not None:
        return state_in(running), running.progress.charging
    if offered is OCCUPIED or (offered is None and _ended_last(charger, evse) is not None):
        return (ConnectorState.FINISHING if _has_charged(charger, evse) else OCCUPIED), ChargingState.EV_CONNECTED
    return offered or ConnectorState.UNKNOWN, ChargingState.NONE


def state_in(running: Transaction) -> ConnectorState:
    """What a transaction under way makes of its place."""
    waiting = ConnectorState.FINISHING if running.progress.charged else ConnectorState.PREPARING
    return _STATE_OF.get(running.progress.charging, waiting)


def moved(charger: Charger, evse: int, stamp: Stamp) -> Outcome:
    """The charger with this place as it is now, and what is to be recorded where that is another state than before."""
    before = charger.connectors.get(evse)
    state, charging = joined(charger, evse)
    at_ms = stamp.at_ms if before is None else max(stamp.at_ms, before.since_ms)
    same = before is not None and before.state is state
    since_ms = before.since_ms if before is not None and same else at_ms
    status = with_session(
        charger, ConnectorStatus(charger.device.key, evse, state, since_ms, charging, error=_problems(charger, evse))
    )
    if status == before:
        return Outcome(charger, {})
    readings: tuple[Reading, ...] = ()
    if before is None or (before.state, before.charging) != (state, charging):
        readings = state_readings(charger.device.key, evse, state, charging, replace(stamp, at_ms=at_ms))
    events = () if same else (changed(before, status, at_ms),)
    return Outcome(charger.with_connector(status), {}, state_specs(evse), readings, (status,), events)


def state_specs(evse: int) -> tuple[PointSpec, ...]:
    """Points of the states of an EVSE or of the station."""
    return first_specs(evse) if evse else (state_spec(0),)


def state_readings(device: str, evse: int, state: ConnectorState, charging: ChargingState, stamp: Stamp) -> tuple[Reading, ...]:
    """Both layers of an EVSE; the station has one."""
    of_state = Reading(f"{device}/{state_spec(evse).name}", stamp.at_ms, float(state), flags=stamp.flags)
    if evse == 0:
        return (of_state,)
    return (of_state, Reading(f"{device}/{charging_spec(evse).name}", stamp.at_ms, float(charging), flags=stamp.flags))


def plug_reading(charger: Charger, evse: int, plug: int, state: ConnectorState, at_ms: int, flags: Flag) -> Sequence[Reading]:
    """State of one of several connectors; where there is one only, the place itself says as much."""
    if not has_several(charger, evse):
        return ()
    return (Reading(f"{charger.device.key}/{plug_spec(evse, plug).name}", at_ms, float(state), flags=flags),)


def has_several(charger: Charger, evse: int) -> bool:
    """Whether an EVSE has more than one connector, as far as we were told."""
    return evse > 0 and len({plug for place, plug in (*charger.plugs, *charger.inventory.types) if place == evse}) > 1


def is_taken(charger: Charger, evse: int) -> bool:
    """Whether a car is at one of its connectors."""
    return _availability(charger, evse) is OCCUPIED


def freed_ms(charger: Charger, evse: int) -> int | None:
    """When the EVSE was last reported free, where it is."""
    free = [plug.heard_ms for plug in plugs_of(charger, evse).values() if plug.state is ConnectorState.AVAILABLE]
    return None if is_taken(charger, evse) else max(free, default=None)


def is_past(charger: Charger, told: Transaction) -> bool:
    """Whether its place was free again after all that is heard of it; who only waits for a cable is still there."""
    free_ms = freed_ms(charger, told.connector)
    return free_ms is not None and not told.stopped and told.progress.connected and told.progress.newest_ms <= free_ms


def plugs_of(charger: Charger, evse: int) -> dict[int, Plug]:
    """What is known of the connectors of an EVSE, by number."""
    return {number: plug for (place, number), plug in charger.plugs.items() if place == evse}


def _availability(charger: Charger, evse: int) -> ConnectorState | None:
    """Of the connectors together; after a restart of ours they are unknown, and the place is as it was."""
    states = {plug.state for plug in plugs_of(charger, evse).values()}
    if states:
        return next(state for state in _FIRST_COUNTS if state in states)
    known = charger.connectors.get(evse)
    if known is None or known.state is ConnectorState.UNKNOWN:
        return None
    return known.state if known.state in _FIRST_COUNTS else OCCUPIED


def _occupied_since_ms(charger: Charger, evse: int) -> int:
    return max((plug.since_ms for plug in plugs_of(charger, evse).values() if plug.state is OCCUPIED), default=0)


def _ended_last(charger: Charger, evse: int) -> Transaction | None:
    ended = (t for t in charger.transactions if t.connector == evse and t.stopped)
    return max(ended, key=lambda t: t.progress.newest_ms, default=None)


def _has_charged(charger: Charger, evse: int) -> bool:
    """Whether the car that is there has had its session."""
    ended = _ended_last(charger, evse)
    return ended is not None and ended.progress.newest_ms >= _occupied_since_ms(charger, evse)


def _problems(charger: Charger, evse: int) -> str:
    """What is wrong, with the place or with one of its connectors while the place as a whole may be well."""
    broken = any(plug.state is ConnectorState.FAULTED for plug in plugs_of(charger, evse).values())
    told = charger.problems.get(evse, "")
    return told or ("Faulted" if broken else "")


def with_plug(charger: Charger, evse: int, number: int, plug: Plug) -> Charger:
    """With a newer view of one connector."""
    return replace(charger, plugs={**charger.plugs, (evse, number): plug})
