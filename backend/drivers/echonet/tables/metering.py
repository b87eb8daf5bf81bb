"""Meters for low voltage 0288, distribution boards 0287, and clamps for energy 0022 and current 0023."""

from dataclasses import replace
from typing import Final

from backend.drivers.echonet.number import Number, s16, s32, u16, u32
from backend.drivers.echonet.tables.rows import ROLLOVER_WH, THOUSANDTHS_HIGH, ListRow, Logs, Row, Scale, Table
from backend.model import quantities as q
from backend.model.device import DeviceKind

REGISTER_HIGH: Final = 99_999_999
_REGISTER: Final = u32(REGISTER_HIGH, holes=True)
_CURRENT_R: Final = Number(2, signed=True, holes=True, length=4)
_CURRENT_T: Final = replace(_CURRENT_R, at=2)

LV_METER: Final = Table(
    0x0288,
    "Low-voltage smart electric energy meter",
    DeviceKind.METER,
    (
        Row(0xE7, q.GRID_POWER, s32(holes=True)),
        Row(0xE0, q.IMPORT_ENERGY, _REGISTER, factor=1000, scaled=True),
        Row(0xE3, q.EXPORT_ENERGY, _REGISTER, factor=1000, scaled=True),
        Row(0xE8, q.GRID_CURRENT, _CURRENT_R, factor=0.1, expected=False),
        Row(0xE8, q.GRID_CURRENT_T, _CURRENT_T, factor=0.1, expected=False),
    ),
    scale=Scale(unit=0xE1, digits=0xD7, coefficient=0xD3),
    logs=Logs(0xE5, ((0xE2, q.IMPORT_ENERGY), (0xE4, q.EXPORT_ENERGY))),
)
"""Its power is + from the grid, as at a site."""

_CHANNEL: Final = Number(2, signed=True, holes=True, length=8)
_CHANNELS: Final = tuple(
    Row(0xCF + number, q.numbered(spec, number), where, factor, scaled=scaled, expected=False)
    for number in range(1, 33)
    for spec, where, factor, scaled in (
        (q.CIRCUIT_ENERGY, Number(4, high=REGISTER_HIGH, holes=True, length=8), 1000, True),
        (q.CIRCUIT_CURRENT, replace(_CHANNEL, at=4), 0.1, False),
        (q.CIRCUIT_CURRENT_T, replace(_CHANNEL, at=6), 0.1, False),
    )
)

DISTRIBUTION_BOARD: Final = Table(
    0x0287,
    "Power distribution board metering",
    DeviceKind.METER,
    (
        Row(0xC6, q.GRID_POWER, s32(holes=True)),
        Row(0xC0, q.IMPORT_ENERGY, _REGISTER, factor=1000, scaled=True),
        Row(0xC1, q.EXPORT_ENERGY, _REGISTER, factor=1000, scaled=True),
        Row(0xC7, q.GRID_CURRENT, _CURRENT_R, factor=0.1, expected=False),
        Row(0xC7, q.GRID_CURRENT_T, _CURRENT_T, factor=0.1, expected=False),
        Row(0xC8, q.GRID_VOLTAGE, Number(2, holes=True, length=4), factor=0.1, expected=False),
        *_CHANNELS,
    ),
    lists=(
        ListRow(0xB3, q.CIRCUIT_ENERGY, Number(4, high=REGISTER_HIGH, holes=True), 4, factor=1000, scaled=True),
        ListRow(0xB7, q.CIRCUIT_POWER, Number(4, signed=True, holes=True), 4),
        ListRow(0xB5, q.CIRCUIT_CURRENT, Number(2, signed=True, holes=True), 4, factor=0.1),
        ListRow(0xB5, q.CIRCUIT_CURRENT_T, Number(2, signed=True, holes=True, at=2), 4, factor=0.1),
    ),
    scale=Scale(unit=0xC2),
    logs=Logs(0xC5, ((0xC3, q.IMPORT_ENERGY), (0xC4, q.EXPORT_ENERGY))),
)

ENERGY_SENSOR: Final = Table(
    0x0022,
    "Electric energy sensor",
    DeviceKind.METER,
    (
        Row(0xE1, q.LOAD_POWER, s32()),
        Row(0xE2, q.LOAD_POWER, s16(), factor=0.1),
        Row(0xE3, q.LOAD_POWER, s16(), factor=100),
        Row(0xE0, replace(q.LOAD_ENERGY, modulus=ROLLOVER_WH), u32(THOUSANDTHS_HIGH)),
        Row(0xE5, q.GRID_VOLTAGE, u16(), expected=False),
    ),
)

CURRENT_SENSOR: Final = Table(
    0x0023,
    "Current sensor",
    DeviceKind.METER,
    (
        Row(0xE2, q.CIRCUIT_CURRENT, s32(), factor=0.001),
        Row(0xE0, q.CIRCUIT_CURRENT, u32(), factor=0.001),
    ),
)
