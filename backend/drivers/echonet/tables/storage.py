"""Storage batteries 027D."""

from dataclasses import replace
from typing import Final

from backend.drivers.echonet.number import s16, s32, u8, u32
from backend.drivers.echonet.states import battery_state
from backend.drivers.echonet.tables.rows import ROLLOVER_WH, THOUSANDTHS_HIGH, Row, StateRow, Table
from backend.model import quantities as q
from backend.model.device import DeviceKind
from backend.model.point import PointKind, PointSpec, Unit
from backend.model.states import StateSet

BATTERY_STATE: Final = PointSpec("state", Unit.STATE, PointKind.STATUS, 0, StateSet.BATTERY)
CHARGED: Final = replace(q.CHARGED_ENERGY, modulus=ROLLOVER_WH)
DISCHARGED: Final = replace(q.DISCHARGED_ENERGY, modulus=ROLLOVER_WH)

STORAGE_BATTERY: Final = Table(
    0x027D,
    "Storage battery",
    DeviceKind.BATTERY,
    (
        Row(0xD3, q.BATTERY_POWER, s32(), factor=-1),
        Row(0xD4, q.BATTERY_CURRENT, s16(), factor=-0.1, expected=False),
        Row(0xD5, q.BATTERY_VOLTAGE, s16(), expected=False),
        Row(0xD6, DISCHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xA9, DISCHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xD8, CHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xA8, CHARGED, u32(THOUSANDTHS_HIGH)),
        Row(0xE2, q.STORED_ENERGY, u32(THOUSANDTHS_HIGH), expected=False),
        Row(0xE4, q.SOC, u8(high=100)),
        Row(0xE5, q.STATE_OF_HEALTH, u8(high=100), expected=False),
    ),
    states=(StateRow(BATTERY_STATE, (0x80, 0x88, 0xCF), battery_state),),
)
"""Charging is + at the device and - at a site."""
