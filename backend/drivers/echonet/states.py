"""States of objects in our own vocabularies: pure, from what the properties say (appendix, sections 3.3.8 and following)."""

from collections.abc import Callable, Mapping
from typing import Final

from backend.drivers.echonet.number import Absence, read, s32, u16
from backend.model.states import BatteryState, ChargingState, ConnectorState, DeviceHealth, InverterState

Values = Mapping[int, bytes]
Connector = tuple[ConnectorState, ChargingState]

_OFF: Final = b"\x31"
_FAULT: Final = b"\x41"
_FREE: Final = b"\x30"
_UNABLE: Final = b"\x40"
_ABLE: Final = (b"\x41", b"\x42", b"\x43")
"""A car is there and can be charged, discharged, or both."""
_RESTRAINED: Final = (b"\x41", b"\x42", b"\x43")
_BATTERY: Final = {
    0x41: BatteryState.CONNECTED,
    0x42: BatteryState.CONNECTED,
    0x43: BatteryState.CONNECTED,
    0x44: BatteryState.STANDBY,
    0x45: BatteryState.CONNECTED,
    0x46: BatteryState.CONNECTED,
    0x47: BatteryState.STANDBY,
    0x48: BatteryState.INITIALIZING,
    0x49: BatteryState.CONNECTED,
}
"""Working operation status: the sign of the power tells whether it charges."""
_TRANSFER: Final = (b"\x41", b"\x42", b"\x43", b"\x46")
"""Operation modes in which energy is meant to flow: rapid charge, charge, discharge, both."""
_SILENT: Final = (None, b"\x40")
"""Modes that say nothing: then the power alone tells."""


def pv_state(values: Values) -> float | Absence:
    """Of an inverter, with a restraint from outside."""
    if values.get(0xD1) in _RESTRAINED and not _stopped(values):
        return float(InverterState.THROTTLED)
    return _inverter(values, read(u16(), values.get(0xE0, b"")))


def pcs_state(values: Values) -> float | Absence:
    """Of an inverter with several inputs."""
    return _inverter(values, read(s32(holes=True), values.get(0xE7, b"")))


def battery_state(values: Values) -> float | Absence:
    """Of a storage battery."""
    if values.get(0x88) == _FAULT:
        return float(BatteryState.FAULT)
    if values.get(0x80) == _OFF:
        return float(BatteryState.DISCONNECTED)
    mode = values.get(0xCF, b"")
    return float(_BATTERY.get(mode[0], BatteryState.UNKNOWN)) if len(mode) == 1 else Absence.REFUSED


def charger_states(values: Values) -> Connector:
    """Connector and charging state of a charger."""
    return _connector(values, values.get(0xDA))


def discharger_states(values: Values) -> Connector:
    """The same of one that can discharge; what it really does stands in another property than what it is meant to do."""
    return _connector(values, values.get(0xE1, values.get(0xDA)))


def state_of(states: Callable[[Values], Connector]) -> Callable[[Values], float]:
    """The connector's part."""
    return lambda values: float(states(values)[0])


def charging_of(states: Callable[[Values], Connector]) -> Callable[[Values], float]:
    """The charging part."""
    return lambda values: float(states(values)[1])


def health_of(values: Values) -> tuple[DeviceHealth, tuple[str, ...]]:
    """Severity and causes; the fault's own code is told as ``FAULT_`` and four digits."""
    if values.get(0x88) != _FAULT:
        return DeviceHealth.OK, ()
    code = int.from_bytes(values.get(0x89, b"")[:2])
    return DeviceHealth.FAULT, (f"FAULT_{code:04X}" if code else "FAULT",)


def _stopped(values: Values) -> bool:
    return values.get(0x88) == _FAULT or values.get(0x80) == _OFF


def _inverter(values: Values, power_w: int | Absence) -> float:
    if values.get(0x88) == _FAULT:
        return float(InverterState.FAULT)
    if values.get(0x80) == _OFF:
        return float(InverterState.OFF)
    if isinstance(power_w, Absence):
        return float(InverterState.UNKNOWN)
    return float(InverterState.MPPT if power_w else InverterState.STANDBY)


def _connector(values: Values, mode: bytes | None) -> Connector:
    if values.get(0x88) == _FAULT:
        return ConnectorState.FAULTED, ChargingState.NONE
    if values.get(0x80) == _OFF:
        return ConnectorState.UNAVAILABLE, ChargingState.NONE
    car = values.get(0xC7)
    if car == _FREE:
        return ConnectorState.AVAILABLE, ChargingState.NONE
    power_w = read(s32(), values.get(0xD3, b""))
    if car in _ABLE or car == _UNABLE or (mode in (*_TRANSFER, *_SILENT) and _flows(power_w)):
        return _occupied(car, mode, power_w)
    return ConnectorState.UNKNOWN, ChargingState.NONE


def _occupied(car: bytes | None, mode: bytes | None, power_w: int | Absence) -> Connector:
    """A car is there. Without a power, the mode is believed."""
    believed = mode in _TRANSFER and car in _ABLE and isinstance(power_w, Absence)
    if believed or (mode in (*_TRANSFER, *_SILENT) and _flows(power_w)):
        return ConnectorState.CHARGING, ChargingState.CHARGING
    if car == _UNABLE:
        return ConnectorState.FINISHING, ChargingState.EV_CONNECTED
    if mode in _TRANSFER:
        return ConnectorState.SUSPENDED_EV, ChargingState.SUSPENDED_EV
    if mode == b"\x44":
        return ConnectorState.SUSPENDED_EVSE, ChargingState.SUSPENDED_EVSE
    return ConnectorState.PREPARING, ChargingState.EV_CONNECTED


def _flows(power_w: int | Absence) -> bool:
    return not isinstance(power_w, Absence) and power_w != 0
