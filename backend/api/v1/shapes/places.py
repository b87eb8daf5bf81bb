"""The node, sites, devices and points."""

from typing import Annotated

from pydantic import Field

from backend.api.v1.shapes.base import ConnectivityName, Instant, Names, Number, Shape, example
from backend.model.device import DeviceKind
from backend.model.point import PointKind, Unit
from backend.model.site import Co2Wording
from backend.model.states import DeviceHealth
from backend.model.sync import LinkState

HealthName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in DeviceHealth]})]


class NodeShape(Shape):
    """The node that answers."""

    model_config = example(
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


class ChildShape(Shape):
    """A node that sends to this one."""

    node: str
    heard_ms: Instant | None = Field(description="Its last request that was believed.")
    silent: bool
    late: int = Field(description="Readings that it says it still has to send.")
    quarantined: int = Field(description="Batches of it that lie in quarantine here.")


class SyncShape(Shape):
    """What is lost, late and quarantined, and how the node stands with its parent and its children."""

    model_config = example(
        lost=0,
        late=1200,
        quarantined=0,
        refused=0,
        link="connected",
        parent="https://cloud.example:8444",
        since_ms=1795388400000,
        trouble="",
        sent_ms=1795413599000,
        follows=False,
        reconciled_ms=1795410000000,
        differing=0,
        children=[],
    )
    lost: int = Field(description="Readings that are gone for good, of this node and of its children.")
    late: int = Field(description="Readings that wait to be sent, here and at children.")
    quarantined: int = Field(description="Batches that were sent here and not believed.")
    refused: int = Field(description="Batches of this node that its parent did not believe.")
    link: LinkState = Field(description="The line to the parent.")
    parent: str
    since_ms: Instant | None = Field(description="When the line came into this state.")
    trouble: str = Field(description="Why the parent cannot be had, in the words of the system.")
    sent_ms: Instant | None = Field(description="When the parent last took something, or gave it to a node that follows it.")
    follows: bool = Field(description="Whether this node receives from its parent instead of sending.")
    reconciled_ms: Instant | None = Field(description="When both sides last compared counts and hashes.")
    differing: int = Field(description="Batches in which they differed then, and which are sent again.")
    children: list[ChildShape]


class PlaceShape(Shape):
    """Where a site is."""

    latitude: float
    longitude: float
    elevation_m: float


class SiteShape(Shape):
    """A place with devices and one calendar."""

    model_config = example(
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

    model_config = example(
        key="aoba-es/pcs1",
        site="aoba-es",
        kind="inverter",
        names={"en": "Inverter 1"},
        interval_s=5.0,
        rated_w=20000.0,
        operator="",
        attested=False,
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
    attested: bool = Field(description="Whether a gateway of a third party vouches for it, because it cannot sign.")
    status: StatusShape


class PointShape(Shape):
    """One quantity of one device."""

    model_config = example(
        key="aoba-es/pcs1/ac_power", device="aoba-es/pcs1", name="ac_power", unit="W", kind="instantaneous", digits=0, states=None
    )
    key: str
    device: str
    name: str
    unit: Unit
    kind: PointKind
    digits: int = Field(description="Decimals worth keeping.")
    states: dict[str, int] | None = Field(description="Vocabulary of a status point: name to code.")
