"""A point: one quantity of one device, with a permanent key."""

from dataclasses import dataclass
from enum import StrEnum

from backend.model.states import StateSet


class Unit(StrEnum):
    """Units as stored; faces show kW and kWh."""

    WATT = "W"
    WATT_HOUR = "Wh"
    VOLT_AMPERE = "VA"
    VAR = "var"
    VAR_HOUR = "varh"
    VOLT = "V"
    AMPERE = "A"
    HERTZ = "Hz"
    CELSIUS = "degC"
    PERCENT = "%"
    IRRADIANCE = "W/m2"
    PPM = "ppm"
    PASCAL = "Pa"
    METRE_PER_SECOND = "m/s"
    RPM = "rpm"
    DEGREE = "deg"
    MILLIMETRE = "mm"
    MILLIMETRE_PER_HOUR = "mm/h"
    LUX = "lx"
    MICROGRAM = "ug/m3"
    RATIO = "1"
    STATE = "state"


class PointKind(StrEnum):
    """How values of the point combine over time."""

    INSTANTANEOUS = "instantaneous"
    """Averaged."""
    ACCUMULATING = "accumulating"
    """A register that counts up; energy is the sum of its differences."""
    STATUS = "status"
    """A code; time in state."""


@dataclass(frozen=True, slots=True)
class PointSpec:
    """One row of a driver's table."""

    name: str
    """Field's standard term in snake_case, parts of a device before a dot: ``ac_power``, ``connector1.energy``."""
    unit: Unit
    kind: PointKind = PointKind.INSTANTANEOUS
    digits: int = 3
    """Decimals worth keeping in the stored unit; the store scales by 10**digits."""
    states: StateSet | None = None
    """Vocabulary of a status point."""
    low: float | None = None
    """Smallest value that is physically possible here, in the stored unit."""
    high: float | None = None
    """Largest value that is physically possible here, in the stored unit."""
    modulus: float | None = None
    """Where an accumulating register rolls over to 0, in the stored unit."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a known device. Its key never changes; address and device may."""

    device: str
    """Key of the device, ``site/device``."""
    spec: PointSpec

    @property
    def key(self) -> str:
        """``site/device/name``."""
        return f"{self.device}/{self.spec.name}"


LINK = PointSpec("link", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTIVITY)
"""Every device has it: whether it is in contact with its node, written at edges by whoever hears the device."""
HEALTH = PointSpec("health", Unit.STATE, PointKind.STATUS, 0, StateSet.HEALTH)
"""Every device has it: severity of what the device says of itself."""
