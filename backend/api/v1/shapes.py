"""What the API answers: the shapes of the OpenAPI description, with examples. Instants are UTC milliseconds since 1970-01-01."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from backend.model.device import DeviceKind
from backend.model.event import EventKind, EventValue
from backend.model.point import PointKind, Unit
from backend.model.quality import Quality
from backend.model.site import Co2Wording
from backend.model.states import ChargingState, Connectivity, ConnectorState, DeviceHealth

T = TypeVar("T")
Instant = Annotated[int, Field(description="UTC, milliseconds since 1970-01-01.")]
Names = Annotated[dict[str, str], Field(description="A name per language code.")]
Number = float | None

ConnectivityName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in Connectivity]})]
HealthName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in DeviceHealth]})]
ConnectorName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in ConnectorState]})]
ChargingName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in ChargingState]})]
QualityName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in Quality]})]


class Shape(BaseModel):
    """Common to all."""

    model_config = ConfigDict(extra="forbid")


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class Page(Shape, Generic[T]):
    """Some rows, and where the next ones begin."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null where this was the last one.")


class NodeShape(Shape):
    """The node that answers."""

    model_config = _example(
        name="あおば小学校",
        version="1.0",
        demo=False,
        now_ms=1795413600000,
        epoch="6f1c",
        sequence=81120,
        sealed_ms=1795413599000,
        lost=0,
    )
    name: str
    version: str
    demo: bool = Field(description="True while pseudo devices feed the node.")
    now_ms: Instant
    epoch: str = Field(description="Identity of the store; a new one after a restore.")
    sequence: int = Field(description="Last sequence number given.")
    sealed_ms: Instant | None = Field(description="When readings were last committed.")
    lost: int = Field(description="Readings removed before they were sent or folded; each loss is an event.")


class PlaceShape(Shape):
    """Where a site is."""

    latitude: float
    longitude: float
    elevation_m: float


class SiteShape(Shape):
    """A place with devices and one calendar."""

    model_config = _example(
        key="aoba-es",
        names={"ja": "あおば小学校", "en": "Aoba Elementary School"},
        place={"latitude": 35.681, "longitude": 139.767, "elevation_m": 40.0},
        timezone="Asia/Tokyo",
        installed_kw=20.0,
        co2_wording="self_use",
    )
    key: str
    names: Names
    place: PlaceShape
    timezone: str = Field(description="IANA name; days are calendar days of this zone.")
    installed_kw: Number = Field(description="Of the photovoltaic generator; null where there is none.")
    co2_wording: Co2Wording = Field(description="Who owns the environmental value of the power.")


class StatusShape(Shape):
    """State of a device as its node knows it."""

    connectivity: ConnectivityName
    since_ms: Instant | None
    last_seen_ms: Instant | None
    health: HealthName
    causes: list[str]
    maker: str
    model: str
    serial: str
    version: str


class DeviceShape(Shape):
    """A registered device; its address stays with the node."""

    model_config = _example(
        key="aoba-es/pcs1",
        site="aoba-es",
        kind="inverter",
        names={"en": "Inverter 1"},
        interval_s=5.0,
        rated_w=20000.0,
        operator="",
        status={
            "connectivity": "CONNECTED",
            "since_ms": 1795388400000,
            "last_seen_ms": 1795413599000,
            "health": "OK",
            "causes": [],
            "maker": "ACME",
            "model": "PCS-20",
            "serial": "SN-1",
            "version": "2.1",
        },
    )
    key: str
    site: str
    kind: DeviceKind
    names: Names
    interval_s: float = Field(description="Expected time between readings.")
    rated_w: Number
    operator: str
    status: StatusShape


class PointShape(Shape):
    """One quantity of one device."""

    model_config = _example(
        key="aoba-es/pcs1/ac_power", device="aoba-es/pcs1", name="ac_power", unit="W", kind="instantaneous", digits=0, states=None
    )
    key: str
    device: str
    name: str
    unit: Unit
    kind: PointKind
    digits: int = Field(description="Decimals worth keeping.")
    states: dict[str, int] | None = Field(description="Vocabulary of a status point: name to code.")


class Severity(StrEnum):
    """The two top bits of the quality."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class ReadingShape(Shape):
    """Value and quality travel together."""

    model_config = _example(
        point="aoba-es/pcs1/ac_power",
        at_ms=1795413599000,
        value=14800.0,
        unit="W",
        state=None,
        severity="good",
        quality="GOOD",
        flags=[],
    )
    point: str
    at_ms: Instant
    value: Number = Field(description="In the unit; null means absent, and the quality says why.")
    unit: Unit
    state: str | None = Field(description="Name of the value of a status point.")
    severity: Severity = Field(description="Only good values may enter totals.")
    quality: QualityName
    flags: list[str] = Field(description="What happened on the way, such as LATE or BACKFILLED.")


class HistoryShape(Shape):
    """Intervals or readings of one point as parallel arrays, by time."""

    model_config = _example(
        point="aoba-es/pcs1/ac_energy",
        unit="Wh",
        level="1h",
        start_ms=[1795388400000, 1795392000000],
        minimum=[1000000.0, 1006000.0],
        mean=[1003000.0, 1009000.0],
        maximum=[1005990.0, 1011990.0],
        energy=[6000.0, 6000.0],
        coverage=[1.0, 1.0],
        next_cursor=None,
    )
    point: str
    unit: Unit
    level: str
    start_ms: list[Instant] = Field(description="Start of each interval that holds something.")
    minimum: list[Number]
    mean: list[Number] = Field(description="Time-weighted over what is covered; three decimals more than those of the point.")
    maximum: list[Number]
    energy: list[Number] = Field(description="Of accumulating points, in the unit; null where unknown, never 0.")
    coverage: list[Number] = Field(description="Share of the interval for which good values stand, six decimals.")
    next_cursor: str | None


class RawShape(Shape):
    """Every reading of one point as parallel arrays, by time."""

    model_config = _example(
        point="aoba-es/pcs1/ac_power",
        unit="W",
        at_ms=[1795413594000, 1795413599000],
        value=[14790.0, 14800.0],
        quality=[0, 0],
        flags=[0, 0],
        next_cursor=None,
    )
    point: str
    unit: Unit
    at_ms: list[Instant]
    value: list[Number]
    quality: list[int] = Field(description="OPC UA status codes; below 0x40000000 is good, from 0x80000000 on bad.")
    flags: list[int] = Field(description="1 late, 2 backfilled, 4 interpolated, 8 substituted, 16 recovered, 32 clock suspect.")
    next_cursor: str | None


class EnergyShape(Shape):
    """Energy per calendar day of the site; unknown days are missing, never 0."""

    model_config = _example(point="aoba-es/pcs1/ac_energy", unit="Wh", days={"2026-11-23": 52600.0})
    point: str
    unit: Unit
    days: dict[date, float]


class EventShape(Shape):
    """One thing that happened, as keys and figures."""

    model_config = _example(at_ms=1795388400000, kind="device_connected", subject="aoba-es/pcs1", data={})
    at_ms: Instant
    kind: EventKind
    subject: str = Field(description="Key of the site, device or point; `node` for the node itself.")
    data: dict[str, EventValue]


class ConnectorShape(Shape):
    """One connector of a charger."""

    number: int
    type: str
    max_w: Number
    state: ConnectorName
    since_ms: Instant | None
    charging: ChargingName
    session_since_ms: Instant | None = Field(description="Start of the session under way.")
    session_start_wh: Number
    error: str


class ChargerShape(Shape):
    """A charger and its connectors as they are now."""

    model_config = _example(
        key="aoba-es/ev1",
        site="aoba-es",
        names={"en": "Main gate car park"},
        operator="",
        connectivity="CONNECTED",
        connectors=[
            {
                "number": 1,
                "type": "CCS",
                "max_w": 50000.0,
                "state": "CHARGING",
                "since_ms": 1795395600000,
                "charging": "CHARGING",
                "session_since_ms": 1795395600000,
                "session_start_wh": 120500.0,
                "error": "",
            }
        ],
    )
    key: str
    site: str
    names: Names
    operator: str
    connectivity: ConnectivityName
    connectors: list[ConnectorShape]


class SessionShape(Shape):
    """A charging session that has ended."""

    model_config = _example(
        charger="aoba-es/ev1",
        connector=1,
        transaction=59876543,
        started_ms=1795395600000,
        stopped_ms=1795399200000,
        energy_wh=18200.0,
        reason="EVDisconnected",
    )
    charger: str
    connector: int | None = Field(description="Null where the node never heard of its start.")
    transaction: int
    started_ms: Instant | None
    stopped_ms: Instant
    energy_wh: Number
    reason: str


class ProblemShape(BaseModel):
    """Why not (RFC 9457)."""

    model_config = ConfigDict(
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:enemado:problem:token",
                    "title": "Unauthorized",
                    "status": 401,
                    "detail": "A valid token is needed.",
                }
            ]
        },
    )
    type: str = Field(description="Stays the same for the same cause; programs may rely on it.")
    title: str
    status: int
    detail: str
