"""What all inverters of a site generate together, and whether it may be said."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from backend.model.device import Device, DeviceKind
from backend.model.freshness import Freshness, judge, node_is_silent
from backend.model.states import Connectivity, DeviceHealth


@dataclass(frozen=True, slots=True)
class Generation:
    """One verdict over several inverters."""

    freshness: Freshness
    power_w: float | None
    """Sum over the inverters that may be shown; None where none may."""
    at_ms: int | None
    """Time of the oldest value in the sum, or since when nothing is heard."""
    counted: int
    """How many inverters the sum speaks for, sleeping ones included."""
    inverters: int

    @property
    def is_partial(self) -> bool:
        """Whether some inverters are not in the sum."""
        return self.power_w is not None and self.counted < self.inverters


@dataclass(frozen=True, slots=True)
class _One:
    freshness: Freshness
    power_w: float
    at_ms: int | None


_WORST_FIRST = (Freshness.FAULTY, Freshness.OFFLINE, Freshness.ASLEEP, Freshness.ABSENT)


def inverters_of(snapshot: Snapshot, site: str) -> Sequence[Device]:
    """The inverters of a site, by key."""
    found = (d for d in snapshot.devices.values() if d.site == site and d.kind is DeviceKind.INVERTER)
    return sorted(found, key=lambda device: device.key)


def generation_of(snapshot: Snapshot, site: str, now_ms: int) -> Generation:
    """The verdict; ABSENT for a site without inverters."""
    each = [_judge(snapshot, device, now_ms) for device in inverters_of(snapshot, site)]
    shown = [one for one in each if one.freshness.shows_value]
    asleep = sum(one.freshness is Freshness.ASLEEP for one in each)
    if shown:
        stale = any(one.freshness is Freshness.STALE for one in shown)
        power_w = sum(one.power_w for one in shown)
        oldest = min((one.at_ms for one in shown if one.at_ms is not None), default=None)
        freshness = Freshness.STALE if stale else Freshness.LIVE
        return Generation(freshness, max(0.0, power_w), oldest, len(shown) + asleep, len(each))
    found = {one.freshness for one in each}
    verdict = next((kind for kind in _WORST_FIRST if kind in found), Freshness.ABSENT)
    since = max((one.at_ms for one in each if one.freshness is verdict and one.at_ms is not None), default=None)
    return Generation(verdict, None, since, asleep, len(each))


def _judge(snapshot: Snapshot, device: Device, now_ms: int) -> _One:
    reading = snapshot.latest.get(f"{device.key}/ac_power")
    status = snapshot.statuses.get(device.key)
    freshness = judge(reading, status, device.interval_s, now_ms, snapshot.node_seen_ms)
    if freshness.shows_value and status is not None and status.health is DeviceHealth.FAULT:
        freshness = Freshness.FAULTY
    if freshness.shows_value and reading is not None and reading.value is not None:
        return _One(freshness, reading.value, reading.at_ms)
    return _One(freshness, 0.0, _silent_since(snapshot, device, now_ms))


def _silent_since(snapshot: Snapshot, device: Device, now_ms: int) -> int | None:
    status = snapshot.statuses.get(device.key)
    if status is None:
        return None
    if status.connectivity is Connectivity.CONNECTED and node_is_silent(now_ms, snapshot.node_seen_ms):
        return snapshot.node_seen_ms
    return status.last_seen_ms or status.since_ms
