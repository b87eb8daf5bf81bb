"""StatusNotification: connector state, charging state and error, by the charger's own clock (OCPP 1.6, sections 4.9, 7.7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.points import charging_spec, first_specs, state_spec
from backend.drivers.ocpp.stamps import MIXED_CLOCKS_MS, Stamp, read_stamp
from backend.model.device import ConnectorStatus
from backend.model.event import Event, EventKind
from backend.model.reading import Reading
from backend.model.states import ChargingState, ConnectorState

STATES: Final[Mapping[str, tuple[ConnectorState, ChargingState]]] = {
    "Available": (ConnectorState.AVAILABLE, ChargingState.NONE),
    "Preparing": (ConnectorState.PREPARING, ChargingState.EV_CONNECTED),
    "Charging": (ConnectorState.CHARGING, ChargingState.CHARGING),
    "SuspendedEV": (ConnectorState.SUSPENDED_EV, ChargingState.SUSPENDED_EV),
    "SuspendedEVSE": (ConnectorState.SUSPENDED_EVSE, ChargingState.SUSPENDED_EVSE),
    "Finishing": (ConnectorState.FINISHING, ChargingState.EV_CONNECTED),
    "Reserved": (ConnectorState.RESERVED, ChargingState.NONE),
    "Unavailable": (ConnectorState.UNAVAILABLE, ChargingState.NONE),
    "Faulted": (ConnectorState.FAULTED, ChargingState.NONE),
}
"""ChargePointStatus to the two layers of 2.0.1."""


def status_notification(charger: Charger, payload: Payload, now_ms: int) -> Outcome:
    """A newer state replaces the current one; an older one only becomes history."""
    connector: int = payload["connectorId"]
    stamp = read_stamp(payload["timestamp"], now_ms) if "timestamp" in payload else Stamp(now_ms, own=False)
    state, charging = STATES[payload["status"]]
    at_ms = min(stamp.at_ms, now_ms)
    history = _readings(charger.device.key, connector, state, charging, replace(stamp, at_ms=at_ms))
    specs = first_specs(connector) if connector else (state_spec(0),)
    before = charger.connectors.get(connector)
    if before is not None and _is_older(charger, before, stamp):
        return Outcome(charger, {}, specs, history)
    same = before is not None and before.state is state
    status = ConnectorStatus(
        charger.device.key,
        connector,
        state,
        before.since_ms if before is not None and same else at_ms,
        charging,
        error=_error(payload),
    )
    if connector and state is ConnectorState.AVAILABLE:
        charger = charger.with_free(connector, at_ms)
    status = with_session(charger, status)
    events = () if same else (changed(before, status, at_ms),)
    known = charger.with_connector(status, at_ms if stamp.own else None)
    return Outcome(known, {}, specs, history, (status,), events)


def with_session(charger: Charger, status: ConnectorStatus) -> ConnectorStatus:
    """With the transaction under way, if any."""
    running = charger.open_on(status.connector)
    if running is None or not running.begun:
        return replace(status, session_since_ms=None, session_start_wh=None)
    return replace(status, session_since_ms=running.started_ms, session_start_wh=running.start_wh)


def _is_older(charger: Charger, before: ConnectorStatus, stamp: Stamp) -> bool:
    if not stamp.own:
        return False
    newest_ms = charger.order_ms.get(before.connector)
    return stamp.at_ms < (before.since_ms - MIXED_CLOCKS_MS if newest_ms is None else newest_ms)


def _readings(device: str, connector: int, state: ConnectorState, charging: ChargingState, stamp: Stamp) -> tuple[Reading, ...]:
    of_state = Reading(f"{device}/{state_spec(connector).name}", stamp.at_ms, float(state), flags=stamp.flags)
    if connector == 0:
        return (of_state,)
    return (of_state, Reading(f"{device}/{charging_spec(connector).name}", stamp.at_ms, float(charging), flags=stamp.flags))


def _error(payload: Payload) -> str:
    code: str = payload["errorCode"]
    own: str = payload.get("vendorErrorCode", "")[:50]
    if code == "NoError":
        return ""
    return f"{code} {own}".strip()


def changed(before: ConnectorStatus | None, status: ConnectorStatus, at_ms: int) -> Event:
    """A connector, or the station, came into another state."""
    return Event(
        at_ms,
        EventKind.CONNECTOR_STATE,
        status.device,
        {
            "connector": status.connector,
            "state": status.state.name,
            "before": before.state.name if before is not None else None,
            "error": status.error,
        },
    )
