"""Events: what happened, as keys and figures. Sentences are made at the pixel, in the reader's language."""

from dataclasses import dataclass, field
from enum import StrEnum

EventValue = str | int | float | bool | None


class EventKind(StrEnum):
    """Closed list of what a node records beside readings."""

    NODE_STARTED = "node_started"
    NODE_STOPPED = "node_stopped"
    EPOCH_STARTED = "epoch_started"
    KEY_MADE = "key_made"
    """The node signs with a new key from now on: data holds key_id, place."""
    DEVICE_CONNECTED = "device_connected"
    DEVICE_LOST = "device_lost"
    DEVICE_ASLEEP = "device_asleep"
    DEVICE_IDENTIFIED = "device_identified"
    """First nameplate, or a changed one: data holds maker, model, serial, version, replaced."""
    DEVICE_HEALTH = "device_health"
    DEVICE_REFUSED = "device_refused"
    """Somebody unregistered knocked: data holds claimed id, peer, reason."""
    CONNECTOR_STATE = "connector_state"
    SESSION_STARTED = "session_started"
    SESSION_STOPPED = "session_stopped"
    COUNTER_ROLLOVER = "counter_rollover"
    COUNTER_RESET = "counter_reset"
    COUNTER_REPLACED = "counter_replaced"
    COUNTER_DIP = "counter_dip"
    COUNTER_GAP = "counter_gap"
    DATA_LOST = "data_lost"
    """Readings removed before they were sent or folded: data holds from_ms, to_ms, count, cause."""
    DATA_LATE = "data_late"
    MALFORMED = "malformed"
    """A device sent something its protocol does not allow: data holds what and a short excerpt."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    at_ms: int
    kind: EventKind
    subject: str
    """Key of the site, device or point concerned; ``node`` for the node itself."""
    data: dict[str, EventValue] = field(default_factory=dict[str, EventValue])
