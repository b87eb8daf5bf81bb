"""What is remembered of an object beyond one session."""

from dataclasses import dataclass, field

from backend.drivers.echonet.halfhours import Slots
from backend.model.device import ConnectorStatus


@dataclass(slots=True)
class Memory:
    """Kept by the driver per device."""

    serial: str = ""
    seen: set[str] = field(default_factory=set[str])
    """Names of points that had a value before."""
    stamps: dict[str, int] = field(default_factory=dict[str, int])
    """By name of a point: its own time of measurement that was passed on last."""
    connector: ConnectorStatus | None = None
    known_until: dict[str, int] = field(default_factory=dict[str, int])
    """By name of a register: when it last had a value, by our clock."""
    slots: Slots = field(default_factory=Slots)
    """Half hours that are still to be fetched from the object's own log."""

    def forget(self) -> None:
        """Another object answers from now on; what is missing of the old one stays missing."""
        self.serial = ""
        self.seen.clear()
        self.stamps.clear()
        self.known_until.clear()
        self.slots = Slots()
