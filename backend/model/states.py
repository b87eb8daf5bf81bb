"""Closed vocabularies of the devices Enemado knows. Stored as small integers in status points."""

from enum import IntEnum, StrEnum


class Connectivity(IntEnum):
    """Is the device in contact with its node?"""

    UNKNOWN = 0
    """Never heard of since this store exists."""
    CONNECTED = 1
    LOST = 2
    """Was in contact, is silent, and should not be."""
    ASLEEP = 3
    """Silent as expected, such as an inverter at night."""


class DeviceHealth(IntEnum):
    """Severity of what the device says of itself; independent of the quality of its values."""

    OK = 0
    INFO = 1
    WARNING = 2
    FAULT = 3


class InverterState(IntEnum):
    """SunSpec operating state ``St`` of models 101 to 113; the 701 ``InvSt`` is mapped onto it."""

    UNKNOWN = 0
    OFF = 1
    SLEEPING = 2
    STARTING = 3
    MPPT = 4
    THROTTLED = 5
    SHUTTING_DOWN = 6
    FAULT = 7
    STANDBY = 8


class BatteryState(IntEnum):
    """SunSpec state of a battery bank, ``State`` of model 802."""

    UNKNOWN = 0
    DISCONNECTED = 1
    INITIALIZING = 2
    CONNECTED = 3
    STANDBY = 4
    SOC_PROTECTION = 5
    SUSPENDING = 6
    FAULT = 99


class ConnectorState(IntEnum):
    """OCPP 1.6 ChargePointStatus; 2.0.1's ConnectorStatus plus charging state maps onto it."""

    UNKNOWN = 0
    AVAILABLE = 1
    PREPARING = 2
    CHARGING = 3
    SUSPENDED_EV = 4
    SUSPENDED_EVSE = 5
    FINISHING = 6
    RESERVED = 7
    UNAVAILABLE = 8
    FAULTED = 9


class ChargingState(IntEnum):
    """OCPP 2.0.1 ChargingStateEnumType, apart from the state of the connector."""

    NONE = 0
    EV_CONNECTED = 1
    CHARGING = 2
    SUSPENDED_EV = 3
    SUSPENDED_EVSE = 4
    IDLE = 5


class StateSet(StrEnum):
    """Names, as stored with a status point, of the vocabularies above."""

    CONNECTIVITY = "connectivity"
    HEALTH = "health"
    INVERTER = "inverter"
    BATTERY = "battery"
    CONNECTOR = "connector"
    CHARGING = "charging"
    EVENT_BITS = "event_bits"
    """Not an enumeration: SunSpec Evt1 as a bit field."""


STATES: dict[StateSet, type[IntEnum]] = {
    StateSet.CONNECTIVITY: Connectivity,
    StateSet.HEALTH: DeviceHealth,
    StateSet.INVERTER: InverterState,
    StateSet.BATTERY: BatteryState,
    StateSet.CONNECTOR: ConnectorState,
    StateSet.CHARGING: ChargingState,
}
