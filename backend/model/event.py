"""Events: what happened, as keys and figures. Sentences are made at the pixel, in the reader's language."""

from dataclasses import dataclass, field
from enum import StrEnum

EventValue = str | int | float | bool | None


class EventKind(StrEnum):
    """Closed list of what a node records beside readings."""

    NODE_STARTED = "node_started"
    """Data holds version, since_ms (when it last committed before, if ever)."""
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
    """Readings for a time whose single readings are gone already: data holds from_ms, to_ms, count."""
    DATA_RECOVERED = "data_recovered"
    """Readings came after all for a time in which their device was lost: data holds from_ms, to_ms, count, recovered (share)."""
    STORAGE_LOW = "storage_low"
    """The disk's end is nearer than the reserve, so the oldest goes: data holds used, limit, reserve (bytes)."""
    STORAGE_FULL = "storage_full"
    """Nothing new is taken until there is room: data as above."""
    STORAGE_FREE = "storage_free"
    """There is room again: data as above."""
    BATCH_REFUSED = "batch_refused"
    """The parent did not believe a batch of ours: data holds epoch, first, span, count, from_ms, to_ms, reason."""
    BATCH_QUARANTINED = "batch_quarantined"
    """Something that was sent here is not believed: data holds number, source, reason, count (since the last such event)."""
    QUARANTINE_RELEASED = "quarantine_released"
    """Two people let an entry be verified again: data holds number, source, by, confirmed_by, reason (empty if believed now)."""
    UPLINK_CUT = "uplink_cut"
    """The parent does not answer: data holds reason."""
    UPLINK_BACK = "uplink_back"
    """It answers again: data holds late (readings that wait to be sent)."""
    UPLINK_CAUGHT_UP = "uplink_caught_up"
    """The parent has all that was kept since the line was cut."""
    CHILD_SILENT = "child_silent"
    """A child sends nothing: subject ``node:<name>``, data holds since_ms."""
    CHILD_BACK = "child_back"
    """It sends again: data holds since_ms, late (readings that it still has to send)."""
    CHILD_CAUGHT_UP = "child_caught_up"
    """All that it kept meanwhile is here: data holds since_ms, to_ms, recovered (share of what was expected, 0 to 1)."""
    CHILD_RESTORED = "child_restored"
    """Its store began anew from an older state: data holds epoch, behind (sequence numbers that only the parent has)."""
    SYNC_DIFFERS = "sync_differs"
    """Reconciliation found batches missing on one side: data holds epoch, first, last, count."""
    NODE_ENROLLED = "node_enrolled"
    NODE_REVOKED = "node_revoked"
    READINGS_ATTESTED = "readings_attested"
    """A gateway vouched for readings: subject ``gateway:<token>``, data holds sequence, digest, count."""
    READINGS_REFUSED = "readings_refused"
    """What a gateway sent was not taken: data holds reason, sequence (of the last), count (since the last such event)."""
    MALFORMED = "malformed"
    """A device sent something its protocol does not allow: data holds what and a short excerpt."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    at_ms: int
    kind: EventKind
    subject: str
    """Key of a site, device or point; ``node`` for the node itself, ``node:<name>`` for a child, ``gateway:<token>``."""
    data: dict[str, EventValue] = field(default_factory=dict[str, EventValue])
