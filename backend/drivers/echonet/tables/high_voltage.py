"""Meters for high voltage, as many schools have: 028A, and 028F with both directions. The same EPCs mean others than in 0288."""

from typing import Final

from backend.drivers.echonet.number import Number
from backend.drivers.echonet.tables.metering import REGISTER_HIGH
from backend.drivers.echonet.tables.rows import Logs, Row, Scale, Table
from backend.model import quantities as q
from backend.model.device import DeviceKind


def _stamped(at: int, length: int) -> Number:
    """A register behind the seven bytes of its date and time."""
    return Number(4, at=at, high=REGISTER_HIGH, holes=True, length=length)


def _kilowatts(at: int, length: int) -> Number:
    return Number(4, at=at, high=REGISTER_HIGH, holes=True, length=length)


_ENERGY: Final = Scale(unit=0xE6, digits=0xE5, coefficient=0xD3, multiplier=0xD4)
_POWER: Final = Scale(unit=0xC5, coefficient=0xD3, multiplier=0xD4)

HV_METER: Final = Table(
    0x028A,
    "High-voltage smart electric energy meter",
    DeviceKind.METER,
    (
        Row(0xE2, q.IMPORT_ENERGY, _stamped(7, 11), factor=1000, scaled=True, clock=True),
        Row(0xC3, q.DEMAND_POWER, _kilowatts(7, 11), factor=1000, scaled=True, clock=True),
        Row(0xC1, q.PEAK_DEMAND_POWER, _kilowatts(0, 4), factor=1000, scaled=True),
    ),
    scale=_ENERGY,
    power_scale=_POWER,
    logs=Logs(0xE1, ((0xE7, q.IMPORT_ENERGY),)),
)

BIDIRECTIONAL_HV_METER: Final = Table(
    0x028F,
    "Bidirectional high-voltage smart electric energy meter",
    DeviceKind.METER,
    (
        Row(0xE2, q.IMPORT_ENERGY, _stamped(7, 15), factor=1000, scaled=True, clock=True),
        Row(0xE2, q.EXPORT_ENERGY, _stamped(11, 15), factor=1000, scaled=True, clock=True),
        Row(0xC3, q.DEMAND_POWER, _kilowatts(7, 15), factor=1000, scaled=True, clock=True),
        Row(0xC3, q.EXPORT_DEMAND_POWER, _kilowatts(11, 15), factor=1000, scaled=True, clock=True),
        Row(0xC1, q.PEAK_DEMAND_POWER, _kilowatts(0, 8), factor=1000, scaled=True),
    ),
    scale=_ENERGY,
    power_scale=_POWER,
    logs=Logs(0xE1, ((0xE7, q.IMPORT_ENERGY), (0xE8, q.EXPORT_ENERGY))),
)
