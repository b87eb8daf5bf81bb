"""Which events mean that something is wrong: the alarms, as long as no rules raise any with a life of their own."""

from backend.model.event import Event, EventKind
from backend.model.states import ConnectorState, DeviceHealth

TROUBLE = frozenset(
    {
        EventKind.DEVICE_LOST,
        EventKind.DEVICE_REFUSED,
        EventKind.COUNTER_RESET,
        EventKind.COUNTER_DIP,
        EventKind.COUNTER_GAP,
        EventKind.DATA_LOST,
        EventKind.STORAGE_LOW,
        EventKind.STORAGE_FULL,
        EventKind.BATCH_REFUSED,
        EventKind.BATCH_QUARANTINED,
        EventKind.UPLINK_CUT,
        EventKind.CHILD_SILENT,
        EventKind.CHILD_RESTORED,
        EventKind.SYNC_DIFFERS,
        EventKind.NODE_REVOKED,
        EventKind.READINGS_REFUSED,
        EventKind.MALFORMED,
    }
)
"""Kinds that mean it whatever they say."""
_UNWELL = {DeviceHealth.WARNING.name, DeviceHealth.FAULT.name}
_SAYING = {EventKind.DEVICE_HEALTH: ("health", _UNWELL), EventKind.CONNECTOR_STATE: ("state", {ConnectorState.FAULTED.name})}
"""Kinds that tell of good and bad alike, and what they say of bad."""


def means_trouble(event: Event) -> bool:
    """Whether somebody should look into it."""
    name, bad = _SAYING.get(event.kind, ("", set[str]()))
    return event.kind in TROUBLE or event.data.get(name) in bad
