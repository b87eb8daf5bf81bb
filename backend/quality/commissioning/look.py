"""One look at a new device, and what a check finds in it; nothing here asks or writes anything.

Signs and thresholds: domain.md section 1. What is certainly wrong is refused; what may have a good reason is questioned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from backend.model.device import Device, Nameplate
from backend.model.message import Message
from backend.model.reading import Reading
from backend.model.site import Site


class Check(StrEnum):
    """Names by which a person may overrule one."""

    NOON = "noon"
    """Negative generation while the sun is high."""
    PARTS = "parts"
    """Parts that do not sum to their whole: often swapped registers or a meter mounted the other way round."""
    CLOCK = "clock"
    """The device's own clock is off."""
    SERIAL = "serial"
    """The serial number of another registered device."""
    RATING = "rating"
    """A rated power that cannot be."""
    SILENT = "silent"
    """Nothing is said where something is expected."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: Check
    refuses: bool
    """True where it is certainly wrong; False where it is only questioned."""
    found: Message
    means: Message
    do: Message


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A registered device beside the new one."""

    device: Device
    plate: Nameplate = field(default_factory=Nameplate)
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """Good values of now, by the names of its points."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a device: what it says, and what stands around it."""

    device: Device
    site: Site
    at_ms: int
    plate: Nameplate
    readings: Mapping[str, Reading]
    """Newest, by the names of its points."""
    before: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    """Some seconds earlier, where it was asked twice."""
    told_rated_w: float | None = None
    """Rated power by the device's own word."""
    clock_off_ms: int | None = None
    """Its own clock minus ours."""
    total_w: float | None = None
    phases_w: tuple[float, ...] = ()
    """Power of its phases, whose sum ``total_w`` should be."""
    neighbours: Sequence[Neighbour] = ()

    def value(self, name: str) -> float | None:
        """A number that is there; None else."""
        reading = self.readings.get(name)
        return None if reading is None or reading.quality.is_bad else reading.value

    def grown(self, name: str) -> float:
        """By how much a register rose between the two times it was asked; 0 where unknown."""
        first, last = self.before.get(name), self.readings.get(name)
        if first is None or last is None or first.value is None or last.value is None:
            return 0.0
        return last.value - first.value

    @property
    def values(self) -> Mapping[str, float]:
        """All numbers that are there."""
        return {name: value for name in self.readings if (value := self.value(name)) is not None}


def kilowatts(watts: float) -> str:
    """For messages."""
    return f"{watts / 1000:.2f} kW"
