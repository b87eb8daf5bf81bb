"""What may be said of a value now: quality, age and link judged together, once for every face."""

from dataclasses import dataclass
from enum import StrEnum

from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import ChargingState, Connectivity, ConnectorState

LIVE_INTERVALS = 3
"""So many expected intervals may pass before a value is no longer called live."""
LIVE_AT_LEAST_MS = 10_000
"""Fast devices are not called stale for one slow poll and the 2 s until a batch is sealed."""
OFFLINE_AFTER_MS = 15 * 60_000
"""Older values are not shown even with their time, unless their own interval is that long."""
NODE_SILENT_AFTER_MS = 90_000
"""A node writes at least every minute; beyond this it is taken for dead."""
FUTURE_TOLERANCE_MS = 5 * 60_000
"""Source times further ahead than this are wrong."""


class Freshness(StrEnum):
    """What a screen may do with a value."""

    LIVE = "live"
    """Show it."""
    STALE = "stale"
    """Show it only with its time: "as of 11:42"."""
    OFFLINE = "offline"
    """No contact: no value, but since when."""
    FAULTY = "faulty"
    """There is a value or a fault, but it is withheld: under inspection."""
    ASLEEP = "asleep"
    """Silent as expected, such as an inverter at night."""
    ABSENT = "absent"
    """Nothing to show and nothing wrong: never heard of, not supported by the device, or no data now."""

    @property
    def shows_value(self) -> bool:
        """Whether a screen may show the number at all."""
        return self in (Freshness.LIVE, Freshness.STALE)


_BY_QUALITY: dict[Quality, Freshness] = {
    Quality.BAD_NOT_SUPPORTED: Freshness.ABSENT,
    Quality.BAD_NOT_CONNECTED: Freshness.ABSENT,
    Quality.BAD_NO_COMMUNICATION: Freshness.OFFLINE,
    Quality.BAD_COMMUNICATION_ERROR: Freshness.OFFLINE,
}
_LAST_USABLE = (Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Quality.UNCERTAIN_LAST_USABLE_VALUE)


def node_is_silent(now_ms: int, node_seen_ms: int | None) -> bool:
    """Whether the node that fills the cache has stopped writing."""
    return node_seen_ms is None or now_ms - node_seen_ms > NODE_SILENT_AFTER_MS


def is_doubtful(quality: Quality) -> bool:
    """Whether a value of this quality is withheld as faulty, whatever its age."""
    return not quality.is_good and quality not in _LAST_USABLE and quality not in _BY_QUALITY


def judge(
    reading: Reading | None, status: DeviceStatus | None, interval_s: float, now_ms: int, node_seen_ms: int | None
) -> Freshness:
    """What may be said of a reading now.

    ``interval_s`` is the expected time between readings of the point, ``node_seen_ms`` when its node last wrote.
    Estimates (``UNCERTAIN_SUBSTITUTE_VALUE``) are withheld like every other uncertain value: they need a label of
    their own. Sources: domain.md sections 4 and 7, "Stale data" in signage.md.
    """
    silent = node_is_silent(now_ms, node_seen_ms)
    link = Connectivity.UNKNOWN if status is None else status.connectivity
    if link is Connectivity.ASLEEP and not silent:
        return Freshness.ABSENT if reading and reading.quality == Quality.BAD_NOT_SUPPORTED else Freshness.ASLEEP
    if reading is None:
        return Freshness.OFFLINE if link is Connectivity.LOST else Freshness.ABSENT
    if is_doubtful(reading.quality):
        return Freshness.FAULTY
    if reading.quality in _BY_QUALITY:
        return _BY_QUALITY[reading.quality]
    if reading.value is None:
        return Freshness.ABSENT
    by_age = _judge_age(now_ms - reading.at_ms, interval_s)
    if by_age is Freshness.LIVE and (silent or link is Connectivity.LOST or reading.quality in _LAST_USABLE):
        return Freshness.STALE
    return by_age


def _judge_age(age_ms: int, interval_s: float) -> Freshness:
    if age_ms < -FUTURE_TOLERANCE_MS:
        return Freshness.FAULTY
    live_ms = max(LIVE_INTERVALS * interval_s * 1000, LIVE_AT_LEAST_MS)
    if age_ms <= live_ms:
        return Freshness.LIVE
    return Freshness.STALE if age_ms <= max(live_ms, OFFLINE_AFTER_MS) else Freshness.OFFLINE


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """What may be said of a charger's connector now."""

    state: ConnectorState
    """``UNKNOWN`` without contact, whatever was heard last: never "available"."""
    charging: ChargingState
    last: ConnectorState
    """What was heard last: "unknown (last: available)"."""
    freshness: Freshness
    """LIVE, FAULTY (the connector says so), OFFLINE or ABSENT (never heard of)."""
    since_ms: int
    """Since when: of the state while in contact, else of the silence."""


def judge_connector(
    connector: ConnectorStatus, status: DeviceStatus | None, interval_s: float, now_ms: int, node_seen_ms: int | None
) -> ConnectorView:
    """What may be said of a connector now.

    The node notices missed heartbeats and says so in ``status``; this rule adds what the node cannot know, that it is
    itself silent, and never believes a contact that is older than any heartbeat.
    """
    if connector.state is ConnectorState.UNKNOWN:
        return ConnectorView(
            ConnectorState.UNKNOWN, ChargingState.NONE, ConnectorState.UNKNOWN, Freshness.ABSENT, connector.since_ms
        )
    if not _in_contact(status, interval_s, now_ms, node_seen_ms):
        silence_ms = connector.since_ms if status is None else status.last_seen_ms or status.since_ms
        return ConnectorView(ConnectorState.UNKNOWN, ChargingState.NONE, connector.state, Freshness.OFFLINE, silence_ms)
    freshness = Freshness.FAULTY if connector.state is ConnectorState.FAULTED else Freshness.LIVE
    return ConnectorView(connector.state, connector.charging, connector.state, freshness, connector.since_ms)


def _in_contact(status: DeviceStatus | None, interval_s: float, now_ms: int, node_seen_ms: int | None) -> bool:
    if status is None or status.connectivity is not Connectivity.CONNECTED or node_is_silent(now_ms, node_seen_ms):
        return False
    limit_ms = max(LIVE_INTERVALS * interval_s * 1000, OFFLINE_AFTER_MS)
    return status.last_seen_ms is not None and now_ms - status.last_seen_ms <= limit_ms
