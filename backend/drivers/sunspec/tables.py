"""Which points of which models become points of a device. Compare it with the model definitions, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from backend.drivers.sunspec.events import ALARM_BITS, BATTERY_BITS, INVERTER_BITS, METER_BITS, Bits
from backend.model.device import DeviceKind
from backend.model.point import PointKind, PointSpec, Unit
from backend.model.states import BatteryState, DeviceHealth, InverterState, StateSet

EVENTS: Final = "events"
STATE: Final = "state"


@dataclass(frozen=True, slots=True)
class Row:
    """One point of ours and where it comes from."""

    path: str
    """Within the model; ``[*]`` stands for every instance of a repeating group."""
    spec: PointSpec
    """``{n}`` in its name is the number of the instance, from 1; ``{m}`` the same, but nothing for the first."""
    factor: float = 1.0
    """From the model's unit to the stored one."""


@dataclass(frozen=True, slots=True)
class Source:
    """Models with the same point names; a chain's first block of one of them is used, or the address's ``instance``."""

    models: tuple[int, ...]
    rows: tuple[Row, ...]
    states: Mapping[int, int] = field(default_factory=dict[int, int])
    """From the model's state codes to ours; any other code is UNKNOWN."""
    bits: Bits | dict[int, tuple[str, DeviceHealth]] = ()


_ENERGY, _STATUS = PointKind.ACCUMULATING, PointKind.STATUS


def _temperature(name: str) -> PointSpec:
    return PointSpec(name, Unit.CELSIUS, digits=1, low=-60, high=150)


def _irradiance(name: str) -> PointSpec:
    return PointSpec(name, Unit.IRRADIANCE, digits=1, low=-20, high=2000)


_AC_POWER: Final = PointSpec("ac_power", Unit.WATT, digits=1)
_AC_ENERGY: Final = PointSpec("ac_energy", Unit.WATT_HOUR, _ENERGY, digits=0, low=0)
_AC_CURRENT: Final = PointSpec("ac_current", Unit.AMPERE, digits=2)
_AC_VOLTAGE: Final = PointSpec("ac_voltage", Unit.VOLT, digits=1, low=0)
_FREQUENCY: Final = PointSpec("frequency", Unit.HERTZ, digits=3, low=0, high=100)
_STATE: Final = PointSpec(STATE, Unit.STATE, _STATUS, digits=0, states=StateSet.INVERTER)
_EVENTS: Final = PointSpec(EVENTS, Unit.STATE, _STATUS, digits=0, states=StateSet.EVENT_BITS)
_OTHER_EVENTS: Final = PointSpec(EVENTS, Unit.STATE, _STATUS, digits=0)
"""Bits of other meaning than an inverter's; the report's causes name them."""
_WIND: Final = PointSpec("wind_speed", Unit.METRE_PER_SECOND, digits=1, low=0, high=100)

INVERTER: Final = Source(
    (101, 102, 103, 111, 112, 113),
    (
        Row("W", _AC_POWER),
        Row("WH", _AC_ENERGY),
        Row("A", _AC_CURRENT),
        Row("PhVphA", _AC_VOLTAGE),
        Row("Hz", _FREQUENCY),
        Row("DCW", PointSpec("dc_power", Unit.WATT, digits=1)),
        Row("DCV", PointSpec("dc_voltage", Unit.VOLT, digits=1, low=0)),
        Row("DCA", PointSpec("dc_current", Unit.AMPERE, digits=2)),
        Row("TmpCab", _temperature("cabinet_temperature")),
        Row("St", _STATE),
        Row("Evt1", _EVENTS),
    ),
    {int(state): int(state) for state in InverterState},
    INVERTER_BITS,
)

DER: Final = Source(
    (701,),
    (
        Row("W", _AC_POWER),
        Row("TotWhInj", _AC_ENERGY),
        Row("TotWhAbs", PointSpec("absorbed_energy", Unit.WATT_HOUR, _ENERGY, digits=0, low=0)),
        Row("A", _AC_CURRENT),
        Row("LNV", _AC_VOLTAGE),
        Row("Hz", _FREQUENCY),
        Row("TmpCab", _temperature("cabinet_temperature")),
        Row("InvSt", _STATE),
        Row("Alrm", _EVENTS),
    ),
    {code: code + 1 for code in range(8)},
    ALARM_BITS,
)
"""IEEE 1547 devices; ``InvSt`` counts the same states as ``St`` from 0."""

MPPT: Final = Source(
    (160,),
    (
        Row("module[*].DCW", PointSpec("mppt{n}_dc_power", Unit.WATT, digits=1)),
        Row("module[*].DCV", PointSpec("mppt{n}_dc_voltage", Unit.VOLT, digits=1, low=0)),
        Row("module[*].DCA", PointSpec("mppt{n}_dc_current", Unit.AMPERE, digits=2)),
        Row("module[*].DCWH", PointSpec("mppt{n}_dc_energy", Unit.WATT_HOUR, _ENERGY, digits=0, low=0)),
    ),
)

METER: Final = Source(
    (201, 202, 203, 204, 211, 212, 213, 214),
    (
        Row("W", PointSpec("grid_power", Unit.WATT, digits=1)),
        Row("TotWhImp", PointSpec("import_energy", Unit.WATT_HOUR, _ENERGY, digits=0, low=0)),
        Row("TotWhExp", PointSpec("export_energy", Unit.WATT_HOUR, _ENERGY, digits=0, low=0)),
        Row("A", PointSpec("grid_current", Unit.AMPERE, digits=2)),
        Row("PhV", PointSpec("grid_voltage", Unit.VOLT, digits=1)),
        Row("Hz", _FREQUENCY),
        Row("Evt", _OTHER_EVENTS),
    ),
    bits=METER_BITS,
)

BATTERY: Final = Source(
    (802,),
    (
        Row("W", PointSpec("battery_power", Unit.WATT, digits=1)),
        Row("SoC", PointSpec("soc", Unit.PERCENT, digits=1, low=0, high=100)),
        Row("V", PointSpec("battery_voltage", Unit.VOLT, digits=1, low=0)),
        Row("A", PointSpec("battery_current", Unit.AMPERE, digits=2)),
        Row("State", PointSpec(STATE, Unit.STATE, _STATUS, digits=0, states=StateSet.BATTERY)),
        Row("Evt1", _OTHER_EVENTS),
    ),
    {int(state): int(state) for state in BatteryState},
    BATTERY_BITS,
)
"""The standard gives no sign for power and current; + is taken as discharge, as everywhere in Enemado."""

SENSORS: Final = (
    Source(
        (302,),
        (
            Row("repeating[*].GHI", _irradiance("irradiance{m}")),
            Row("repeating[*].POAI", _irradiance("plane_irradiance{m}")),
            Row("repeating[*].DFI", _irradiance("diffuse_irradiance{m}")),
            Row("repeating[*].DNI", _irradiance("direct_irradiance{m}")),
        ),
    ),
    Source((303,), (Row("temp[*].TmpBOM", _temperature("module_temperature{m}")),)),
    Source(
        (307,),
        (
            Row("TmpAmb", _temperature("ambient_temperature")),
            Row("RH", PointSpec("humidity", Unit.PERCENT, digits=1, low=0, high=105)),
            Row("Pres", PointSpec("pressure", Unit.PASCAL, digits=0, low=30_000, high=120_000), factor=100),
            Row("WndSpd", _WIND),
        ),
    ),
    Source(
        (308,),
        (
            Row("GHI", _irradiance("irradiance")),
            Row("TmpBOM", _temperature("module_temperature")),
            Row("TmpAmb", _temperature("ambient_temperature")),
            Row("WndSpd", _WIND),
        ),
    ),
)

SOURCES: Final[dict[DeviceKind, tuple[Source, ...]]] = {
    DeviceKind.INVERTER: (INVERTER, DER, MPPT),
    DeviceKind.METER: (METER,),
    DeviceKind.BATTERY: (BATTERY,),
    DeviceKind.SENSOR: SENSORS,
    DeviceKind.CHARGER: (),
}
"""In order of preference: the first model of the chain that gives a point gives it for good, whatever values it shows.

A choice by value would change at night, and counters of two models must never be mixed.
"""
