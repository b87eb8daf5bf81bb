"""States of objects in our own vocabularies, and what they complain about."""

import pytest

from backend.drivers.echonet.number import Absence
from backend.drivers.echonet.states import battery_state, charger_states, discharger_states, health_of, pcs_state, pv_state
from backend.model.states import BatteryState, ChargingState, ConnectorState, DeviceHealth, InverterState

ON, FAULT = {0x80: b"\x30"}, {0x88: b"\x41"}
OFF = {0x80: b"\x31"}
NOTHING, MUCH = (0).to_bytes(4), (3000).to_bytes(4)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (ON | {0xE0: b"\x0d\xac", 0xD1: b"\x44"}, InverterState.MPPT),
        (ON | {0xE0: b"\0\0", 0xD1: b"\x44"}, InverterState.STANDBY),
        (ON | {0xE0: b"\0\0", 0xD1: b"\x41"}, InverterState.THROTTLED),
        (ON | {0xE0: b"\x01\0", 0xD1: b"\x43"}, InverterState.THROTTLED),
        (OFF | {0xE0: b"\0\0", 0xD1: b"\x41"}, InverterState.OFF),
        (ON | FAULT | {0xE0: b"\0\0"}, InverterState.FAULT),
        (ON | {0xE0: b"\xff\xff"}, InverterState.UNKNOWN),
        (ON, InverterState.UNKNOWN),
    ],
)
def test_generators(said: dict[int, bytes], state: InverterState) -> None:
    assert pv_state(said) == state


def test_inverters_with_several_inputs() -> None:
    assert pcs_state(ON | {0xE7: MUCH}) == InverterState.MPPT
    assert pcs_state(ON | {0xE7: NOTHING}) == InverterState.STANDBY


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (ON | {0xCF: b"\x42"}, BatteryState.CONNECTED),
        (ON | {0xCF: b"\x44"}, BatteryState.STANDBY),
        (ON | {0xCF: b"\x48"}, BatteryState.INITIALIZING),
        (ON | {0xCF: b"\x99"}, BatteryState.UNKNOWN),
        (OFF | {0xCF: b"\x42"}, BatteryState.DISCONNECTED),
        (FAULT | {0xCF: b"\x42"}, BatteryState.FAULT),
        (ON, Absence.REFUSED),
        (ON | {0xCF: b""}, Absence.REFUSED),
    ],
)
def test_batteries(said: dict[int, bytes], state: BatteryState | Absence) -> None:
    assert battery_state(said) == state


@pytest.mark.parametrize(
    ("said", "state", "charging"),
    [
        (ON | {0xC7: b"\x30"}, ConnectorState.AVAILABLE, ChargingState.NONE),
        (ON | {0xC7: b"\x41", 0xDA: b"\x42", 0xD3: MUCH}, ConnectorState.CHARGING, ChargingState.CHARGING),
        (ON | {0xC7: b"\x41", 0xDA: b"\x42", 0xD3: NOTHING}, ConnectorState.SUSPENDED_EV, ChargingState.SUSPENDED_EV),
        (ON | {0xC7: b"\x41", 0xDA: b"\x42"}, ConnectorState.CHARGING, ChargingState.CHARGING),
        (ON | {0xC7: b"\x41", 0xDA: b"\x44", 0xD3: NOTHING}, ConnectorState.SUSPENDED_EVSE, ChargingState.SUSPENDED_EVSE),
        (ON | {0xC7: b"\x41", 0xDA: b"\x47", 0xD3: NOTHING}, ConnectorState.PREPARING, ChargingState.EV_CONNECTED),
        (ON | {0xC7: b"\x40", 0xDA: b"\x44"}, ConnectorState.FINISHING, ChargingState.EV_CONNECTED),
        (ON | {0xC7: b"\x44", 0xDA: b"\x44"}, ConnectorState.UNKNOWN, ChargingState.NONE),
        (ON | {0xC7: b"\xff", 0xDA: b"\x42", 0xD3: MUCH}, ConnectorState.CHARGING, ChargingState.CHARGING),
        (ON | {0xC7: b"\x41", 0xD3: MUCH}, ConnectorState.CHARGING, ChargingState.CHARGING),
        (OFF | {0xC7: b"\x30"}, ConnectorState.UNAVAILABLE, ChargingState.NONE),
        (FAULT | {0xC7: b"\x41", 0xDA: b"\x42"}, ConnectorState.FAULTED, ChargingState.NONE),
        (ON, ConnectorState.UNKNOWN, ChargingState.NONE),
    ],
)
def test_chargers(said: dict[int, bytes], state: ConnectorState, charging: ChargingState) -> None:
    assert charger_states(said) == (state, charging)


def test_what_a_discharger_really_does_counts() -> None:
    there = ON | {0xC7: b"\x43", 0xDA: b"\x46", 0xD3: (-2000).to_bytes(4, signed=True)}
    assert discharger_states(there | {0xE1: b"\x43"})[0] is ConnectorState.CHARGING
    assert discharger_states(there | {0xE1: b"\x44", 0xD3: NOTHING})[0] is ConnectorState.SUSPENDED_EVSE
    assert discharger_states(there)[0] is ConnectorState.CHARGING


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({0x88: b"\x42", 0x89: b"\0\x14"}, (DeviceHealth.OK, ())),
        ({0x88: b"\x41", 0x89: b"\0\x14"}, (DeviceHealth.FAULT, ("FAULT_0014",))),
        ({0x88: b"\x41", 0x89: b"\0\0"}, (DeviceHealth.FAULT, ("FAULT",))),
        ({0x88: b"\x41"}, (DeviceHealth.FAULT, ("FAULT",))),
        ({}, (DeviceHealth.OK, ())),
    ],
)
def test_faults(said: dict[int, bytes], expected: tuple[DeviceHealth, tuple[str, ...]]) -> None:
    assert health_of(said) == expected
