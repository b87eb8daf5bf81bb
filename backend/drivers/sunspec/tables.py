"""Which points of which models become points of a device. Compare it with the model definitions, row by row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from backend.drivers.sunspec.events import ALARM_BITS, BATTERY_BITS, INVERTER_BITS, METER_BITS, Bits
from backend.model import quantities as q
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
    factor: float = 1.0
    """From the model's unit to the stored one."""
    instance: Callable[[PointSpec, int], PointSpec] = q.another
    """Makes the point of an instance, counted from 1."""


@dataclass(frozen=True, slots=True)
class Source:
    """Models with the same point names; a chain's first block of one of them is used, or the address's ``instance``."""

    models: tuple[int, ...]
    rows: tuple[Row, ...]
    states: Mapping[int, int] = field(default_factory=dict[int, int])
    """From the model's state codes to ours; any other code is UNKNOWN."""
    bits: Bits | dict[int, tuple[str, DeviceHealth]] = ()


_STATUS = PointKind.STATUS

_STATE: Final = PointSpec(STATE, Unit.STATE, _STATUS, digits=0, states=StateSet.INVERTER)
_EVENTS: Final = PointSpec(EVENTS, Unit.STATE, _STATUS, digits=0, states=StateSet.EVENT_BITS)
_OTHER_EVENTS: Final = PointSpec(EVENTS, Unit.STATE, _STATUS, digits=0)
"""Bits of other meaning than an inverter's; the report's causes name them."""

INVERTER: Final = Source(
    (101, 102, 103, 111, 112, 113),
    (
        Row("W", q.AC_POWER),
        Row("WH", q.AC_ENERGY),
        Row("A", q.AC_CURRENT),
        Row("PhVphA", q.AC_VOLTAGE),
        Row("Hz", q.FREQUENCY),
        Row("DCW", q.DC_POWER),
        Row("DCV", q.DC_VOLTAGE),
        Row("DCA", q.DC_CURRENT),
        Row("TmpCab", q.CABINET_TEMPERATURE),
        Row("St", _STATE),
        Row("Evt1", _EVENTS),
    ),
    {int(state): int(state) for state in InverterState},
    INVERTER_BITS,
)

DER: Final = Source(
    (701,),
    (
        Row("W", q.AC_POWER),
        Row("TotWhInj", q.AC_ENERGY),
        Row("TotWhAbs", q.ABSORBED_ENERGY),
        Row("A", q.AC_CURRENT),
        Row("LNV", q.AC_VOLTAGE),
        Row("Hz", q.FREQUENCY),
        Row("TmpCab", q.CABINET_TEMPERATURE),
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
        Row("module[*].DCW", q.MPPT_DC_POWER, instance=q.numbered),
        Row("module[*].DCV", q.MPPT_DC_VOLTAGE, instance=q.numbered),
        Row("module[*].DCA", q.MPPT_DC_CURRENT, instance=q.numbered),
        Row("module[*].DCWH", q.MPPT_DC_ENERGY, instance=q.numbered),
    ),
)

METER: Final = Source(
    (201, 202, 203, 204, 211, 212, 213, 214),
    (
        Row("W", q.GRID_POWER),
        Row("TotWhImp", q.IMPORT_ENERGY),
        Row("TotWhExp", q.EXPORT_ENERGY),
        Row("A", q.GRID_CURRENT),
        Row("PhV", q.GRID_VOLTAGE),
        Row("Hz", q.FREQUENCY),
        Row("Evt", _OTHER_EVENTS),
    ),
    bits=METER_BITS,
)

BATTERY: Final = Source(
    (802,),
    (
        Row("W", q.BATTERY_POWER),
        Row("SoC", q.SOC),
        Row("V", q.BATTERY_VOLTAGE),
        Row("A", q.BATTERY_CURRENT),
        Row("SoH", q.STATE_OF_HEALTH),
        Row("State", PointSpec(STATE, Unit.STATE, _STATUS, digits=0, states=StateSet.BATTERY)),
        Row("Evt1", _OTHER_EVENTS),
    ),
    {int(state): int(state) for state in BatteryState},
    BATTERY_BITS,
)
"""The standard gives no sign for power and current; + is taken as discharge, as everywhere in Enemado."""

CELLS: Final = Source((803,), (Row("ModTmpAvg", q.BATTERY_TEMPERATURE),))
"""Of a lithium-ion battery; its power and charge stand in model 802."""

SENSORS: Final = (
    Source(
        (302,),
        (
            Row("repeating[*].GHI", q.IRRADIANCE),
            Row("repeating[*].POAI", q.PLANE_IRRADIANCE),
            Row("repeating[*].DFI", q.DIFFUSE_IRRADIANCE),
            Row("repeating[*].DNI", q.DIRECT_IRRADIANCE),
        ),
    ),
    Source((303,), (Row("temp[*].TmpBOM", q.MODULE_TEMPERATURE),)),
    Source(
        (307,),
        (
            Row("TmpAmb", q.AMBIENT_TEMPERATURE),
            Row("RH", q.HUMIDITY),
            Row("Pres", q.PRESSURE, factor=100),
            Row("WndSpd", q.WIND_SPEED),
            Row("WndDir", q.WIND_DIRECTION),
            Row("Rain", q.RAIN),
        ),
    ),
    Source(
        (308,),
        (
            Row("GHI", q.IRRADIANCE),
            Row("TmpBOM", q.MODULE_TEMPERATURE),
            Row("TmpAmb", q.AMBIENT_TEMPERATURE),
            Row("WndSpd", q.WIND_SPEED),
        ),
    ),
    Source((306,), (Row("GHI", q.IRRADIANCE),)),
)
"""Model 306 is a reference cell. Location (305) and inclination (304) are the settings' to say; 307 tells rain as a register."""

SOURCES: Final[dict[DeviceKind, tuple[Source, ...]]] = {
    DeviceKind.INVERTER: (INVERTER, DER, MPPT),
    DeviceKind.METER: (METER,),
    DeviceKind.BATTERY: (BATTERY, CELLS),
    DeviceKind.SENSOR: SENSORS,
    DeviceKind.CHARGER: (),
}
"""In order of preference: the first model of the chain that gives a point gives it for good, whatever values it shows.

A choice by value would change at night, and counters of two models must never be mixed.
"""
