"""Sensors of the surroundings."""

from typing import Final

from backend.drivers.echonet.number import s16, u8, u16
from backend.drivers.echonet.tables.rows import Row, Table
from backend.model import quantities as q
from backend.model.device import DeviceKind

_SENSOR: Final = DeviceKind.SENSOR

TEMPERATURE_SENSOR: Final = Table(
    0x0011, "Temperature sensor", _SENSOR, (Row(0xE0, q.AMBIENT_TEMPERATURE, s16(low=-2732), factor=0.1),)
)
HUMIDITY_SENSOR: Final = Table(0x0012, "Humidity sensor", _SENSOR, (Row(0xE0, q.HUMIDITY, u8(high=100)),))
CO2_SENSOR: Final = Table(0x001B, "CO2 sensor", _SENSOR, (Row(0xE0, q.CO2, u16()),))
VOC_SENSOR: Final = Table(0x001D, "VOC sensor", _SENSOR, (Row(0xE0, q.VOC, u16()),))
ILLUMINANCE_SENSORS: Final = tuple(
    Table(
        code,
        "Illuminance sensor",
        _SENSOR,
        (Row(0xE0, q.ILLUMINANCE, u16()), Row(0xE1, q.ILLUMINANCE, u16(), factor=1000)),
    )
    for code in (0x00D0, 0x000D)
)
"""000D is where older devices have it."""
