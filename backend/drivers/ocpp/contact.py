"""Is a charger in contact, and how is it? Pure edges: (status, what happened) -> (status, what to record)."""

from dataclasses import dataclass, replace

from backend.drivers.ocpp.points import HEALTH, LINK
from backend.model.delivery import State
from backend.model.device import DeviceStatus, Nameplate
from backend.model.event import Event, EventKind
from backend.model.reading import Reading
from backend.model.states import Connectivity, DeviceHealth


@dataclass(frozen=True, slots=True)
class Edge:
    """A new status and what is recorded of the change; empty where nothing changed."""

    status: DeviceStatus
    readings: tuple[Reading, ...] = ()
    states: tuple[State, ...] = ()
    events: tuple[Event, ...] = ()


def connected(status: DeviceStatus, now_ms: int) -> Edge:
    """A charger called and was let in. What is known is said again even without an edge: we may have been away."""
    readings = (_link(Connectivity.CONNECTED, status.device, now_ms), _health(status, now_ms))
    if status.connectivity is Connectivity.CONNECTED:
        status = replace(status, last_seen_ms=now_ms)
        return Edge(status, readings, (status,))
    status = replace(status, connectivity=Connectivity.CONNECTED, since_ms=now_ms, last_seen_ms=now_ms)
    event = Event(now_ms, EventKind.DEVICE_CONNECTED, status.device, {"insecure": status.insecure})
    return Edge(status, readings, (status,), (event,))


def lost(status: DeviceStatus, now_ms: int, cause: str) -> Edge:
    """The line is gone, or nothing came for too long."""
    if status.connectivity is not Connectivity.CONNECTED:
        return Edge(status)
    status = replace(status, connectivity=Connectivity.LOST, since_ms=now_ms)
    event = Event(now_ms, EventKind.DEVICE_LOST, status.device, {"cause": cause, "last_seen_ms": status.last_seen_ms})
    return Edge(status, (_link(Connectivity.LOST, status.device, now_ms),), (status,), (event,))


def learnt(status: DeviceStatus, now_ms: int, plate: Nameplate, health: DeviceHealth, causes: tuple[str, ...]) -> Edge:
    """What a message told of the device itself."""
    since_ms = status.health_since_ms if health is status.health else now_ms
    new = replace(status, plate=plate, health=health, causes=causes, last_seen_ms=now_ms, health_since_ms=since_ms)
    if (new.plate, new.health, new.causes) == (status.plate, status.health, status.causes):
        return Edge(new)
    if new.health is status.health and new.causes == status.causes:
        return Edge(new, states=(new,))
    data = {"health": health.name, "before": status.health.name, "causes": ", ".join(causes)}
    event = Event(now_ms, EventKind.DEVICE_HEALTH, status.device, {**data})
    return Edge(new, (_health(new, now_ms),), (new,), (event,))


def seen(status: DeviceStatus, seen_ms: int | None) -> Edge:
    """Nothing new, except that it was heard."""
    status = replace(status, last_seen_ms=seen_ms)
    return Edge(status, states=(status,))


def _link(connectivity: Connectivity, device: str, now_ms: int) -> Reading:
    return Reading(f"{device}/{LINK.name}", now_ms, float(connectivity))


def _health(status: DeviceStatus, now_ms: int) -> Reading:
    return Reading(f"{status.device}/{HEALTH.name}", now_ms, float(status.health))
