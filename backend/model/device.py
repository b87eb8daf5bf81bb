"""A device, and the state a node knows of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from backend.model.mapping import Mapping
from backend.model.point import PointSpec
from backend.model.site import Names
from backend.model.states import ChargingState, Connectivity, ConnectorState, DeviceHealth

GATEWAY = "gateway://"
"""Begins the address of a device that a third party's gateway speaks for."""


class Security(StrEnum):
    """How a device that connects to us proves who it is (OCPP security profiles, domain.md section 4)."""

    NONE = "none"
    """Only by explicit setting, on a private network, with a visible warning."""
    BASIC = "basic"
    """Profile 1: password without TLS; loopback or VPN only."""
    TLS_BASIC = "tls_basic"
    """Profile 2."""
    TLS_CERTIFICATE = "tls_certificate"
    """Profile 3, the default."""


class DeviceKind(StrEnum):
    """What a device is for; scenes are designed by kind."""

    INVERTER = "inverter"
    CHARGER = "charger"
    METER = "meter"
    BATTERY = "battery"
    SENSOR = "sensor"


class MeterRole(StrEnum):
    """What a meter's power is of, where the name of its point does not say it or several could have the same role."""

    GRID = "grid"
    """The connection of the site to the grid."""
    LOAD = "load"
    """The building, storage and chargers left out."""
    GENERATION = "generation"
    """Generators; its export counts as generation, and inverters are not counted beside it."""
    CHARGING = "charging"
    """Chargers, which are not counted beside it."""
    NOTHING = "nothing"
    """A part of something else: counted nowhere."""


@dataclass(frozen=True, slots=True)
class ConnectorPlate:
    """What is known beforehand of one connector of a charger."""

    number: int
    """As in OCPP: from 1."""
    type: str = ""
    """``CHAdeMO``, ``CCS``, ``J1772`` …"""
    max_w: float | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device. The key is permanent; the address may change."""

    key: str
    """``site/device``."""
    site: str
    kind: DeviceKind
    names: Names
    address: str
    """``sunspec://host:port?unit=1`` or ``ocpp://charge-point-id``."""
    interval_s: float = 5.0
    """Expected time between readings."""
    rated_w: float | None = None
    connectors: tuple[ConnectorPlate, ...] = ()
    security: Security | None = None
    """For devices that connect to us; None where we connect to them."""
    operator: str = ""
    """Who runs it; chargers of several operators are kept apart."""
    points: tuple[PointSpec, ...] = ()
    """Of a device that a gateway speaks for, or whose JSON is mapped: what it may tell. Others say so themselves."""
    mapping: Mapping | None = None
    """Where in the JSON of the device these points stand."""
    measures: MeterRole | None = None
    """What its power counts as in the balance of its site; None: as the names of its points say."""

    @property
    def is_attested(self) -> bool:
        """Whether a gateway vouches for its readings, because it cannot sign and is not asked by a node."""
        return self.address.startswith(GATEWAY)


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What a device says of itself. A changed serial means a replaced device."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """State of one device as its node knows it; written at edges and at least every minute while in contact."""

    device: str
    connectivity: Connectivity
    since_ms: int
    """When this connectivity began."""
    last_seen_ms: int | None = None
    health: DeviceHealth = DeviceHealth.OK
    causes: tuple[str, ...] = ()
    """Keys of what is wrong, such as ``GROUND_FAULT`` or ``timeout``; words are chosen at the pixel."""
    plate: Nameplate = field(default_factory=Nameplate)
    insecure: bool = False
    """True where the settings allow this device in without credentials: shown as a warning."""
    health_since_ms: int | None = None
    """When this health began; None until it changed for the first time."""


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """State of one connector of a charger; connector 0 is the station itself."""

    device: str
    connector: int
    state: ConnectorState
    since_ms: int
    """When this state began, by the charger's clock."""
    charging: ChargingState = ChargingState.NONE
    session_since_ms: int | None = None
    """Start of the transaction under way."""
    session_start_wh: float | None = None
    """Register at the start of the transaction under way."""
    error: str = ""
    """OCPP ChargePointErrorCode where it is not NoError, and the vendor's own code."""
