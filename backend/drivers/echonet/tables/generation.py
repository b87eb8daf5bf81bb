"""Generators: household photovoltaics 0279 and inverters with several inputs 02A5."""

from dataclasses import replace
from typing import Final

from backend.drivers.echonet.number import s32, u16, u32
from backend.drivers.echonet.states import pcs_state, pv_state
from backend.drivers.echonet.tables.rows import ROLLOVER_WH, THOUSANDTHS_HIGH, Row, StateRow, Table
from backend.model import quantities as q
from backend.model.device import DeviceKind
from backend.model.point import PointKind, PointSpec, Unit
from backend.model.states import StateSet

INVERTER_STATE: Final = PointSpec("state", Unit.STATE, PointKind.STATUS, 0, StateSet.INVERTER)

HOUSEHOLD_PV: Final = Table(
    0x0279,
    "Household solar power generation",
    DeviceKind.INVERTER,
    (
        Row(0xE0, q.AC_POWER, u16()),
        Row(0xE1, replace(q.AC_ENERGY, modulus=ROLLOVER_WH), u32(THOUSANDTHS_HIGH)),
        Row(0xE3, replace(q.EXPORT_ENERGY, modulus=ROLLOVER_WH), u32(THOUSANDTHS_HIGH), expected=False),
    ),
    states=(StateRow(INVERTER_STATE, (0x80, 0x88, 0xD1, 0xE0), pv_state),),
)

MULTI_INPUT_PCS: Final = Table(
    0x02A5,
    "Multiple input PCS",
    DeviceKind.INVERTER,
    (
        Row(0xE7, q.AC_POWER, s32(holes=True), factor=-1),
        Row(0xE3, replace(q.AC_ENERGY, modulus=ROLLOVER_WH), u32(THOUSANDTHS_HIGH)),
        Row(0xE0, replace(q.ABSORBED_ENERGY, modulus=ROLLOVER_WH), u32(THOUSANDTHS_HIGH)),
    ),
    states=(StateRow(INVERTER_STATE, (0x80, 0x88, 0xE7), pcs_state),),
)
"""Its normal direction is AC to DC, so that + is absorbing: turned round here."""
