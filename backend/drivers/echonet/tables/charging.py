"""Chargers 02A1, and chargers that can also discharge a car 027E, which count as storage."""

from dataclasses import replace
from typing import Final

from backend.drivers.echonet.number import s16, s32, u8, u32
from backend.drivers.echonet.states import charger_states, charging_of, discharger_states, state_of
from backend.drivers.echonet.tables.rows import ROLLOVER_WH, THOUSANDTHS_HIGH, Row, StateRow, Table
from backend.drivers.echonet.tables.storage import CHARGED, DISCHARGED
from backend.model import quantities as q
from backend.model.device import DeviceKind
from backend.model.point import PointKind, PointSpec, Unit
from backend.model.states import StateSet

VEHICLE_ID: Final = 0xE6
STATE: Final = PointSpec("connector1.state", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTOR)
CHARGING: Final = PointSpec("connector1.charging", Unit.STATE, PointKind.STATUS, 0, StateSet.CHARGING)
_POWER: Final = PointSpec("connector1.power", Unit.WATT, digits=1)
_ENERGY: Final = PointSpec("connector1.energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, 1, low=0, modulus=ROLLOVER_WH)
_SOC: Final = replace(q.SOC, name="connector1.soc")
_STORED: Final = replace(q.STORED_ENERGY, name="connector1.stored_energy")
_CHARGER_EPCS: Final = (0x80, 0x88, 0xC7, 0xD3, 0xDA)
_DISCHARGER_EPCS: Final = (*_CHARGER_EPCS, 0xE1)

CHARGER: Final = Table(
    0x02A1,
    "EV charger",
    DeviceKind.CHARGER,
    (
        Row(0xD3, _POWER, replace(s32(), low=0)),
        Row(0xD8, _ENERGY, u32(THOUSANDTHS_HIGH)),
        Row(0xE2, _STORED, u32(THOUSANDTHS_HIGH), expected=False),
        Row(0xE4, _SOC, u8(high=100), expected=False),
    ),
    states=(
        StateRow(STATE, _CHARGER_EPCS, state_of(charger_states)),
        StateRow(CHARGING, _CHARGER_EPCS, charging_of(charger_states)),
    ),
    connector=charger_states,
    private=frozenset((VEHICLE_ID,)),
)

CHARGER_DISCHARGER: Final = Table(
    0x027E,
    "EV charger and discharger",
    DeviceKind.BATTERY,
    (
        Row(0xD3, q.BATTERY_POWER, s32(), factor=-1),
        Row(0xD4, q.BATTERY_CURRENT, s16(), factor=-0.1, expected=False),
        Row(0xD5, q.BATTERY_VOLTAGE, s16(), expected=False),
        Row(0xD6, DISCHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xD8, CHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xE2, q.STORED_ENERGY, u32(THOUSANDTHS_HIGH), expected=False),
        Row(0xE4, q.SOC, u8(high=100)),
    ),
    states=(
        StateRow(STATE, _DISCHARGER_EPCS, state_of(discharger_states)),
        StateRow(CHARGING, _DISCHARGER_EPCS, charging_of(discharger_states)),
    ),
    connector=discharger_states,
    private=frozenset((VEHICLE_ID,)),
)
"""Charging is + at the device and - at a site. The state of its connector is told as well, because cars queue for it."""
