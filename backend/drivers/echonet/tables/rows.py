"""What the tables are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backend.drivers.echonet.number import Absence, Number
from backend.model.device import DeviceKind
from backend.model.point import PointSpec
from backend.model.states import ChargingState, ConnectorState

Values = Mapping[int, bytes]
"""What an object last said, by EPC."""

THOUSANDTHS_HIGH: Final = 999_999_999
"""Registers of 0.001 kWh count to 999,999.999 kWh and begin again."""
ROLLOVER_WH: Final = 1e9


@dataclass(frozen=True, slots=True)
class Row:
    """One point of ours and where its value comes from."""

    epc: int
    spec: PointSpec
    number: Number
    factor: float = 1.0
    """From the property's unit to the stored one; negative where its sign is not ours (domain.md section 1)."""
    scaled: bool = False
    """Whether the class's ``Scale`` applies as well."""
    clock: bool = False
    """Whether the property begins with the date and time of its measurement, in seven bytes."""
    expected: bool = True
    """Whether an object that does not list the property is told as not supporting it, instead of leaving the point out."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """The same point for each of several channels: first channel, number of channels, then one item for each."""

    epc: int
    spec: PointSpec
    item: Number
    """Within its item."""
    step: int
    """Bytes of an item."""
    factor: float = 1.0
    scaled: bool = False


@dataclass(frozen=True, slots=True)
class StateRow:
    """A status point that follows from several properties."""

    spec: PointSpec
    epcs: tuple[int, ...]
    rule: Callable[[Values], float | Absence]


@dataclass(frozen=True, slots=True)
class Scale:
    """Properties that say what one count of a register is worth; each stays what it is for months."""

    unit: int
    """A code, in kWh or kW."""
    digits: int | None = None
    """Where the register rolls over: 10 to the power of it."""
    coefficient: int | None = None
    """1 where the object has none."""
    multiplier: int | None = None
    """A code; 1 where the object has none."""

    @property
    def epcs(self) -> frozenset[int]:
        """All of them."""
        return frozenset(epc for epc in (self.unit, self.digits, self.coefficient, self.multiplier) if epc is not None)


@dataclass(frozen=True, slots=True)
class Logs:
    """Registers of a past day by half hours: which day they speak of is set first."""

    day: int
    """EPC that chooses the day, 0 for today to 99 days back."""
    registers: tuple[tuple[int, PointSpec], ...]
    """EPC of 48 registers, and the point to which they belong."""


@dataclass(frozen=True, slots=True)
class Table:
    """One class of objects."""

    code: int
    name: str
    """As in the appendix, for operators."""
    kind: DeviceKind
    rows: tuple[Row, ...]
    lists: tuple[ListRow, ...] = ()
    states: tuple[StateRow, ...] = ()
    scale: Scale | None = None
    power_scale: Scale | None = None
    """For powers in kW, where the class has such."""
    logs: Logs | None = None
    connector: Callable[[Values], tuple[ConnectorState, ChargingState]] | None = None
    private: frozenset[int] = frozenset()
    """EPCs that tell of a person: never asked for, never shown, dropped where they are announced."""
