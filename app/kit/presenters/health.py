"""How many devices are well: one rule for every face."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.condition import Severity, condition_of
from backend.model.device import Device
from backend.model.freshness import node_is_silent
from backend.model.states import Connectivity


@dataclass(frozen=True, slots=True)
class Tally:
    """Devices by their condition."""

    well: int
    known: int
    """Of how many anything is known now; with none, "0 well" would be a lie."""
    count: int
    worst: Severity = Severity.OK


def tally_of(snapshot: Snapshot, devices: Iterable[Device], now_ms: int, texts: Texts) -> Tally:
    """Count devices. A sleeping inverter is well; one with a value in doubt or a broken connector is not."""
    each = list(devices)
    severities = [condition_of(snapshot, device, now_ms, texts).severity for device in each]
    well = sum(severity is Severity.OK for severity in severities)
    known = 0 if node_is_silent(now_ms, snapshot.node_seen_ms) else sum(_is_known(snapshot, device) for device in each)
    return Tally(well, known, len(each), max(severities, default=Severity.OK))


def _is_known(snapshot: Snapshot, device: Device) -> bool:
    status = snapshot.statuses.get(device.key)
    return status is not None and status.connectivity is not Connectivity.UNKNOWN
