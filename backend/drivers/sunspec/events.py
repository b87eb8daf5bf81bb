"""Event bits of devices as cause keys with a severity; words for the keys are chosen at the pixel."""

from typing import Final

from backend.model.states import DeviceHealth

Bits = tuple[tuple[str, DeviceHealth], ...]
_INFO, _WARNING, _FAULT = DeviceHealth.INFO, DeviceHealth.WARNING, DeviceHealth.FAULT

INVERTER_BITS: Final[Bits] = (
    ("GROUND_FAULT", _FAULT),
    ("DC_OVER_VOLT", _FAULT),
    ("AC_DISCONNECT", _WARNING),
    ("DC_DISCONNECT", _WARNING),
    ("GRID_DISCONNECT", _WARNING),
    ("CABINET_OPEN", _WARNING),
    ("MANUAL_SHUTDOWN", _INFO),
    ("OVER_TEMP", _WARNING),
    ("OVER_FREQUENCY", _WARNING),
    ("UNDER_FREQUENCY", _WARNING),
    ("AC_OVER_VOLT", _WARNING),
    ("AC_UNDER_VOLT", _WARNING),
    ("BLOWN_STRING_FUSE", _FAULT),
    ("UNDER_TEMP", _WARNING),
    ("MEMORY_LOSS", _FAULT),
    ("HW_TEST_FAILURE", _FAULT),
)
"""``Evt1`` of models 101 to 113, bit by bit from 0."""

ALARM_BITS: Final[Bits] = (*INVERTER_BITS, ("MANUFACTURER_ALRM", _WARNING))
"""``Alrm`` of model 701."""

METER_BITS: Final[dict[int, tuple[str, DeviceHealth]]] = {
    2: ("POWER_FAILURE", _WARNING),
    3: ("UNDER_VOLTAGE", _WARNING),
    4: ("LOW_PF", _INFO),
    5: ("OVER_CURRENT", _WARNING),
    6: ("OVER_VOLTAGE", _WARNING),
    7: ("MISSING_SENSOR", _FAULT),
}
"""``Evt`` of models 201 to 214."""

BATTERY_BITS: Final[Bits] = (
    ("COMMUNICATION_ERROR", _FAULT),
    ("OVER_TEMP_ALARM", _FAULT),
    ("OVER_TEMP_WARNING", _WARNING),
    ("UNDER_TEMP_ALARM", _FAULT),
    ("UNDER_TEMP_WARNING", _WARNING),
    ("OVER_CHARGE_CURRENT_ALARM", _FAULT),
    ("OVER_CHARGE_CURRENT_WARNING", _WARNING),
    ("OVER_DISCHARGE_CURRENT_ALARM", _FAULT),
    ("OVER_DISCHARGE_CURRENT_WARNING", _WARNING),
    ("OVER_VOLT_ALARM", _FAULT),
    ("OVER_VOLT_WARNING", _WARNING),
    ("UNDER_VOLT_ALARM", _FAULT),
    ("UNDER_VOLT_WARNING", _WARNING),
    ("UNDER_SOC_MIN_ALARM", _FAULT),
    ("UNDER_SOC_MIN_WARNING", _WARNING),
    ("OVER_SOC_MAX_ALARM", _FAULT),
    ("OVER_SOC_MAX_WARNING", _WARNING),
    ("VOLTAGE_IMBALANCE_WARNING", _WARNING),
    ("TEMPERATURE_IMBALANCE_ALARM", _FAULT),
    ("TEMPERATURE_IMBALANCE_WARNING", _WARNING),
    ("CONTACTOR_ERROR", _FAULT),
    ("FAN_ERROR", _FAULT),
    ("GROUND_FAULT", _FAULT),
    ("OPEN_DOOR_ERROR", _WARNING),
    ("CURRENT_IMBALANCE_WARNING", _WARNING),
    ("OTHER_ALARM", _FAULT),
    ("OTHER_WARNING", _WARNING),
    ("RESERVED_27", _INFO),
    ("CONFIGURATION_ALARM", _FAULT),
    ("CONFIGURATION_WARNING", _WARNING),
)
"""``Evt1`` of model 802."""

NORMAL_AT_NIGHT: Final = frozenset({"AC_DISCONNECT", "DC_DISCONNECT", "GRID_DISCONNECT", "AC_UNDER_VOLT", "UNDER_TEMP"})
"""What a sleeping inverter may say without anything being wrong."""


def complaints(bits: int, table: Bits | dict[int, tuple[str, DeviceHealth]]) -> list[tuple[str, DeviceHealth]]:
    """Keys and severities of all bits that are set; unknown ones are kept as ``BIT_17``, a warning."""
    known = table if isinstance(table, dict) else dict(enumerate(table))
    return [known.get(bit, (f"BIT_{bit}", DeviceHealth.WARNING)) for bit in range(bits.bit_length()) if bits >> bit & 1]
