"""Operators' words for everything that is stored as a code, and readings in the unit that people use."""

from collections.abc import Mapping

from app.kit.i18n import ABSENT, Quantity, Texts
from backend.model.device import DeviceKind
from backend.model.message import Message
from backend.model.point import Point, PointSpec, Unit
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import (
    BatteryState,
    ChargingState,
    Connectivity,
    ConnectorState,
    DeviceHealth,
    InverterState,
    StateSet,
)

_CONNECTIVITY: Mapping[int, Message] = {
    Connectivity.UNKNOWN: Message("Never heard of"),
    Connectivity.CONNECTED: Message("Connected"),
    Connectivity.LOST: Message("No communication"),
    Connectivity.ASLEEP: Message("Asleep"),
}
_HEALTH: Mapping[int, Message] = {
    DeviceHealth.OK: Message("Healthy"),
    DeviceHealth.INFO: Message("Note"),
    DeviceHealth.WARNING: Message("Warning"),
    DeviceHealth.FAULT: Message("Fault"),
}
_INVERTER: Mapping[int, Message] = {
    InverterState.UNKNOWN: Message("Unknown"),
    InverterState.OFF: Message("Off"),
    InverterState.SLEEPING: Message("Asleep"),
    InverterState.STARTING: Message("Starting"),
    InverterState.MPPT: Message("Generating"),
    InverterState.THROTTLED: Message("Output limited"),
    InverterState.SHUTTING_DOWN: Message("Shutting down"),
    InverterState.FAULT: Message("Fault"),
    InverterState.STANDBY: Message("Standby"),
}
_BATTERY: Mapping[int, Message] = {
    BatteryState.UNKNOWN: Message("Unknown"),
    BatteryState.DISCONNECTED: Message("Disconnected"),
    BatteryState.INITIALIZING: Message("Starting"),
    BatteryState.CONNECTED: Message("Connected"),
    BatteryState.STANDBY: Message("Standby"),
    BatteryState.SOC_PROTECTION: Message("Protecting its charge"),
    BatteryState.SUSPENDING: Message("Suspending"),
    BatteryState.FAULT: Message("Fault"),
}
_CONNECTOR: Mapping[int, Message] = {
    ConnectorState.UNKNOWN: Message("Unknown"),
    ConnectorState.AVAILABLE: Message("Available"),
    ConnectorState.PREPARING: Message("Preparing"),
    ConnectorState.CHARGING: Message("Charging"),
    ConnectorState.SUSPENDED_EV: Message("Paused by the vehicle"),
    ConnectorState.SUSPENDED_EVSE: Message("Paused by the charger"),
    ConnectorState.FINISHING: Message("Finishing"),
    ConnectorState.RESERVED: Message("Reserved"),
    ConnectorState.UNAVAILABLE: Message("Out of service"),
    ConnectorState.FAULTED: Message("Fault"),
}
_CHARGING: Mapping[int, Message] = {
    ChargingState.NONE: Message("No session"),
    ChargingState.EV_CONNECTED: Message("Vehicle connected"),
    ChargingState.CHARGING: Message("Charging"),
    ChargingState.SUSPENDED_EV: Message("Paused by the vehicle"),
    ChargingState.SUSPENDED_EVSE: Message("Paused by the charger"),
    ChargingState.IDLE: Message("Idle"),
}
_WORDS: Mapping[StateSet, Mapping[int, Message]] = {
    StateSet.CONNECTIVITY: _CONNECTIVITY,
    StateSet.HEALTH: _HEALTH,
    StateSet.INVERTER: _INVERTER,
    StateSet.BATTERY: _BATTERY,
    StateSet.CONNECTOR: _CONNECTOR,
    StateSet.CHARGING: _CHARGING,
}
_KINDS: Mapping[DeviceKind, Message] = {
    DeviceKind.INVERTER: Message("Solar inverter"),
    DeviceKind.CHARGER: Message("EV charger"),
    DeviceKind.METER: Message("Meter"),
    DeviceKind.BATTERY: Message("Battery"),
    DeviceKind.SENSOR: Message("Sensor"),
}
_QUALITIES: Mapping[Quality, Message] = {
    Quality.GOOD: Message("Good"),
    Quality.GOOD_LOCAL_OVERRIDE: Message("Set by hand"),
    Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE: Message("Last known, no contact"),
    Quality.UNCERTAIN_LAST_USABLE_VALUE: Message("Last known"),
    Quality.UNCERTAIN_SUBSTITUTE_VALUE: Message("Estimated"),
    Quality.UNCERTAIN_SENSOR_NOT_ACCURATE: Message("Sensor in doubt"),
    Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED: Message("Out of range"),
    Quality.BAD_COMMUNICATION_ERROR: Message("Communication error"),
    Quality.BAD_NO_COMMUNICATION: Message("No communication"),
    Quality.BAD_NOT_SUPPORTED: Message("Not provided by the device"),
    Quality.BAD_CONFIGURATION_ERROR: Message("Wrong settings"),
    Quality.BAD_NOT_CONNECTED: Message("Not connected"),
    Quality.BAD_DEVICE_FAILURE: Message("Device failure"),
    Quality.BAD_SENSOR_FAILURE: Message("Sensor failure"),
    Quality.BAD_OUT_OF_SERVICE: Message("Out of service"),
}
_DIGITS: Mapping[Unit, tuple[str, int]] = {
    Unit.VOLT_AMPERE: ("VA", 0),
    Unit.VAR: ("var", 0),
    Unit.VAR_HOUR: ("varh", 0),
    Unit.VOLT: ("V", 1),
    Unit.AMPERE: ("A", 2),
    Unit.HERTZ: ("Hz", 2),
    Unit.PERCENT: ("%", 1),
    Unit.IRRADIANCE: ("W/m²", 0),
    Unit.PPM: ("ppm", 0),
    Unit.PASCAL: ("Pa", 0),
    Unit.METRE_PER_SECOND: ("m/s", 1),
    Unit.RPM: ("rpm", 0),
    Unit.DEGREE: ("°", 0),
    Unit.MILLIMETRE: ("mm", 1),
    Unit.MILLIMETRE_PER_HOUR: ("mm/h", 1),
    Unit.LUX: ("lx", 0),
    Unit.MICROGRAM: ("µg/m³", 1),
    Unit.RATIO: ("", 3),
}


def state_word(texts: Texts, states: StateSet, code: int) -> str:
    """The word for a stored code; the bare number where the vocabulary does not know it."""
    word = _WORDS.get(states, {}).get(code)
    return texts.say_message(word) if word else str(code)


def kind_word(texts: Texts, kind: DeviceKind) -> str:
    """What a device is."""
    return texts.say_message(_KINDS[kind])


def quality_word(texts: Texts, quality: Quality) -> str:
    """How good a reading is, and why not better."""
    return texts.say_message(_QUALITIES[quality])


def unit_word(unit: Unit) -> str:
    """How a stored unit is written for people; empty for codes and bare ratios."""
    return "" if unit is Unit.STATE else _DIGITS[unit][0] if unit in _DIGITS else unit.value


def value_words(texts: Texts, spec: PointSpec, value: float | None) -> Quantity:
    """A value in the unit that people use; a dash where there is none."""
    if value is None:
        return Quantity(ABSENT, "")
    if spec.states is not None:
        return Quantity(state_word(texts, spec.states, int(value)), "")
    match spec.unit:
        case Unit.WATT:
            return texts.power(value)
        case Unit.WATT_HOUR:
            return texts.energy(value)
        case Unit.CELSIUS:
            return texts.temperature(value)
        case Unit.STATE:
            return Quantity(texts.number(value), "")
        case _:
            unit, digits = _DIGITS[spec.unit]
            return Quantity(texts.number(value, digits), unit)


def reading_words(texts: Texts, point: Point, reading: Reading | None) -> Quantity:
    """As ``value_words``, for the newest reading of a point."""
    return value_words(texts, point.spec, reading.value if reading else None)
