"""The keys of a settings file and what each may hold (loaded only while a file is being read)."""

import re
from ipaddress import IPv4Address
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from backend.model.device import DeviceKind, MeterRole, Security
from backend.model.json_path import PathError, read_path
from backend.model.kiosk import LANGUAGE_CODES, SCENE_NAMES
from backend.model.message import Message
from backend.model.point import HEALTH, LINK, PointKind, Unit
from backend.model.site import Co2Wording
from backend.model.unit_conversion import conversion
from backend.settings.addresses import address_fault
from backend.settings.addresses.database import store_fault

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_POINT = re.compile(r"(?=.{1,60}$)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SLUG_FORM = Message("a key of small letters, digits, “-” and “_”, at most 40")


def fault(expected: Message) -> PydanticCustomError:
    """A mistake that says itself what was expected."""
    return PydanticCustomError("expected", "expected", {"text": expected.text, "values": expected.values})


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise fault(SLUG_FORM)
    return value


def _point_name(value: str) -> str:
    if not _POINT.fullmatch(value) or value in (LINK.name, HEALTH.name):
        raise fault(Message("a name such as ac_power or phase1.current, at most 60 letters"))
    return value


def _language(value: str) -> str:
    from babel import localedata

    if not _LANGUAGE.fullmatch(value) or not localedata.exists(value.replace("-", "_")):
        raise fault(Message("a language code such as ja or en"))
    return value


def _one_of(*known: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise fault(Message("one of: {limit}", {"limit": ", ".join(known)}))
        return value

    return AfterValidator(check)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise fault(Message("an IANA time zone such as Asia/Tokyo")) from error
    return value


def _address(value: str) -> str:
    expected = address_fault(value)
    if expected is not None:
        raise fault(expected)
    return value


def _store(value: str) -> str:
    expected = store_fault(value)
    if expected is not None:
        raise fault(expected)
    return value


def _json_place(value: str) -> str:
    try:
        read_path(value)
    except PathError as error:
        raise fault(Message("a place in JSON such as $.meters[0].power or sensors[id=T1].value")) from error
    return value


def _source_unit(value: str) -> str:
    if conversion(value) is None:
        raise fault(Message("a unit such as kW, kWh, degF, hPa or km/h"))
    return value


def _time_format(value: str) -> str:
    if value not in ("iso", "unix_s", "unix_ms") and not re.search(r"%[A-Za-z]", value):
        raise fault(Message("iso, unix_s, unix_ms, or a format such as %Y/%m/%d %H:%M:%S"))
    return value


def _slot(value: object) -> object:
    """A scene may be written as its bare name."""
    return {"name": value} if isinstance(value, str) else value


JsonPlace = Annotated[str, AfterValidator(_json_place)]
SourceUnit = Annotated[str, AfterValidator(_source_unit)]
PointName = Annotated[str, AfterValidator(_point_name)]
Slug = Annotated[str, AfterValidator(_slug)]
Language = Annotated[str, AfterValidator(_language)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
NamesShape = Annotated[dict[Language, Text], Field(min_length=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Shape(BaseModel):
    """Nothing is guessed: no unknown keys, no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PlaceShape(Shape):
    """Where a site is."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    elevation_m: Annotated[float, Field(ge=-500, le=9000)] = 0.0


class ArrayShape(Shape):
    """A photovoltaic generator."""

    installed_kw: Annotated[float, Field(gt=0, le=1_000_000)]
    tilt_deg: Annotated[float, Field(ge=0, le=90)] = 20.0
    azimuth_deg: Annotated[float, Field(ge=0, le=360)] = 180.0


class FactorShape(Shape):
    """A published figure and where it comes from."""

    value: Positive
    unit: Text
    year: Text
    source: NamesShape
    kind: str = ""
    supplier: str = ""
    published: str = ""


class FactorsShape(Shape):
    """What is missing here is not shown on screens."""

    co2: FactorShape | None = None
    cedar: FactorShape | None = None
    household: FactorShape | None = None


class ConnectorShape(Shape):
    """One plug of a charger."""

    number: Annotated[int, Field(ge=1, le=99)]
    type: str = ""
    max_w: Positive | None = None


class PointShape(Shape):
    """One quantity of a device that a gateway speaks for, or whose JSON is mapped; one that we know needs no unit."""

    unit: Annotated[Unit, Field(strict=False)] | None = None
    kind: Annotated[PointKind, Field(strict=False)] | None = None
    digits: Annotated[int, Field(ge=0, le=9)] | None = None
    low: Finite | None = None
    high: Finite | None = None
    modulus: Positive | None = None
    path: JsonPlace | None = None
    channel: Text | None = None
    source_unit: SourceUnit | None = None
    scale: Finite = 1.0
    offset: Finite = 0.0
    absent: Annotated[list[Finite | str], Field(max_length=20)] = []
    quoted: bool = False


class TimeShape(Shape):
    """Where a device's JSON says when its values were measured."""

    path: JsonPlace
    format: Annotated[str, AfterValidator(_time_format)] = "iso"
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"


class DeviceShape(Shape):
    """One device."""

    kind: Annotated[DeviceKind, Field(strict=False)]
    name: NamesShape
    address: Annotated[str, AfterValidator(_address)]
    interval_s: Annotated[float, Field(ge=0.2, le=3600)] | None = None
    rated_w: Positive | None = None
    connectors: list[ConnectorShape] = []
    security: Annotated[Security, Field(strict=False)] | None = None
    operator: str = ""
    measures: Annotated[MeterRole, Field(strict=False)] | None = None
    points: dict[PointName, PointShape] = {}
    time: TimeShape | None = None
    serial: JsonPlace | None = None


class SiteShape(Shape):
    """One site and its devices."""

    name: NamesShape
    place: PlaceShape
    timezone: Annotated[str, AfterValidator(_zone)]
    pv: ArrayShape | None = None
    co2_wording: Annotated[Co2Wording, Field(strict=False)] = Co2Wording.SELF_USE
    factors: FactorsShape | None = None
    devices: dict[Slug, DeviceShape] = {}


class SlotShape(Shape):
    """One scene of the rotation."""

    name: Annotated[str, _one_of(*SCENE_NAMES)]
    seconds: Annotated[float, Field(ge=3, le=3600)] = 15.0


class KioskShape(Shape):
    """What the screen of this node shows."""

    site: str
    scenes: Annotated[list[Annotated[SlotShape, BeforeValidator(_slot)]], Field(min_length=1)] | None = None
    languages: Annotated[list[Annotated[str, _one_of(*LANGUAGE_CODES)]], Field(min_length=1, max_length=2)] = [
        "ja",
        "en",
    ]
    screen_height_mm: Annotated[float, Field(ge=50, le=10_000)] = 685.0
    viewing_distance_m: Annotated[float, Field(ge=0.3, le=100)] = 4.0
    motion: bool = True
    town: NamesShape | None = None


class TlsShape(Shape):
    """Files of the listener's certificate. With a port of its own, TLS is spoken there and the other port stays plain."""

    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    certificate: Text
    key: Text
    client_ca: Text | None = None


class OcppShape(Shape):
    """Where chargers find this node."""

    host: Text = "0.0.0.0"
    port: Annotated[int, Field(ge=1, le=65535)] = 9000
    tls: TlsShape | None = None
    heartbeat_s: Annotated[int, Field(ge=5, le=86400)] = 60
    sample_s: Annotated[int, Field(ge=1, le=3600)] = 30


def _interface(value: str) -> str:
    try:
        IPv4Address(value)
    except ValueError as error:
        raise fault(Message("an IPv4 address of this computer, such as 192.0.2.5")) from error
    return value


class EchonetShape(Shape):
    """By which port this node speaks ECHONET Lite."""

    interface: Annotated[str, AfterValidator(_interface)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 3610


class BrokerTlsShape(Shape):
    """TLS on the way to the broker; without a file, the authorities that the system trusts."""

    ca: Text | None = None


class MqttShape(Shape):
    """Where devices leave what they measure."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    username: str = ""
    client_id: Annotated[str, Field(max_length=64)] = ""
    version: Annotated[str, BeforeValidator(str), _one_of("5", "3.1.1")] = "5"
    tls: BrokerTlsShape | None = None


class PushShape(Shape):
    """Where devices send JSON to."""

    host: Text = "0.0.0.0"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    tls: "ApiTlsShape | None" = None


class ApiTlsShape(Shape):
    """Files of the API's certificate, or of the listener for JSON."""

    certificate: Text
    key: Text


class ApiShape(Shape):
    """Where other programs may ask this node."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8443
    tls: ApiTlsShape | None = None
    requests_per_second: Annotated[float, Field(ge=1, le=10_000)] = 20.0


def _https(value: str) -> str:
    if not re.fullmatch(r"https://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?", value):
        raise fault(Message("an address such as https://cloud.example:8444"))
    return value.rstrip("/")


class ParentShape(Shape):
    """Where this node sends to, or follows from."""

    url: Annotated[str, AfterValidator(_https)]
    parcel_kb: Annotated[int, Field(ge=16, le=8192)] = 1024


class FollowShape(Shape):
    """What a viewer keeps a copy of."""

    sites: Annotated[list[Slug], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=400)] = 8


class IngestShape(Shape):
    """Where children send to."""

    names: Annotated[list[Text], Field(min_length=1)]
    authority: Text = "authority"
    host: Text = "0.0.0.0"
    port: Annotated[int, Field(ge=1, le=65535)] = 8444
    silent_seconds: Annotated[float, Field(ge=5, le=86_400)] = 120.0
    quarantine_days: Annotated[float, Field(ge=1, le=3650)] = 30.0


class RetentionShape(Shape):
    """How long, and how much."""

    cap_mb: Annotated[int, Field(ge=64, le=10_000_000)] = 4096
    raw_days: Annotated[int, Field(ge=7)] = 400
    proof_days: Annotated[int, Field(ge=7)] | None = None
    minute_days: Annotated[int, Field(ge=7)] = 800
    quarter_days: Annotated[int, Field(ge=31)] = 3700


class NodeShape(Shape):
    """The node itself."""

    name: Text
    cache: Text
    store: Annotated[str, AfterValidator(_store)] | None = None
    batch_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    retention: RetentionShape = RetentionShape()


class FileShape(Shape):
    """A whole file."""

    node: NodeShape
    sites: dict[Slug, SiteShape] = {}
    factors: FactorsShape = FactorsShape()
    kiosk: KioskShape | None = None
    ocpp: OcppShape | None = None
    mqtt: MqttShape | None = None
    push: PushShape | None = None
    echonet: EchonetShape = EchonetShape()
    api: ApiShape | None = None
    parent: ParentShape | None = None
    follow: FollowShape | None = None
    ingest: IngestShape | None = None
