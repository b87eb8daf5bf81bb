"""The demo town on paper: who is where, with what. All of it is made up."""

from dataclasses import dataclass

from backend.model.device import ConnectorPlate
from backend.model.site import Names, Place
from backend.simulation.building import PlannedStorage

TIMEZONE = "Asia/Tokyo"
TOWN: Names = {"ja": "あおば市", "en": "Aoba City"}


@dataclass(frozen=True, slots=True)
class PlannedInverter:
    """An inverter and the generator behind it."""

    key: str
    serial: str
    rated_w: float


@dataclass(frozen=True, slots=True)
class PlannedCharger:
    """A charger with one connector."""

    key: str
    names: Names
    identity: str
    plug: ConnectorPlate
    newer: bool = False
    """Whether it speaks OCPP 2.0.1 instead of 1.6."""


@dataclass(frozen=True, slots=True)
class PlannedSensor:
    """A weather station."""

    key: str
    serial: str


@dataclass(frozen=True, slots=True)
class PlannedDustSensor:
    """A sensor that is asked over HTTP."""

    key: str
    serial: str


@dataclass(frozen=True, slots=True)
class PlannedClassroom:
    """A room with a sensor for its air, over ECHONET Lite."""

    key: str
    serial: str


@dataclass(frozen=True, slots=True)
class PlannedMeter:
    """The meter at the grid."""

    key: str
    serial: str


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """One place of the town."""

    key: str
    names: Names
    place: Place
    installed_kw: float = 0.0
    tilt_deg: float = 20.0
    azimuth_deg: float = 180.0
    inverters: tuple[PlannedInverter, ...] = ()
    chargers: tuple[PlannedCharger, ...] = ()
    sensors: tuple[PlannedSensor, ...] = ()
    storage: PlannedStorage | None = None
    meter: PlannedMeter | None = None
    """Where there is one there is a storage too."""
    classroom: PlannedClassroom | None = None
    dust: PlannedDustSensor | None = None
    building_w: float = 6_000.0
    """What an ordinary lesson takes."""


def _charger(number: int, key: str, ja: str, en: str, plug: str, max_w: float, *, newer: bool = False) -> PlannedCharger:
    return PlannedCharger(key, {"ja": ja, "en": en}, f"AOBA-CP-{number:02}", ConnectorPlate(1, plug, max_w), newer)


def _inverters(first: int, *rated_w: float) -> tuple[PlannedInverter, ...]:
    return tuple(PlannedInverter(f"pcs{n + 1}", f"DEMO-{first + n:04}", power) for n, power in enumerate(rated_w))


def _place(north_m: float, east_m: float) -> Place:
    """A place by its distance from the station plaza."""
    return Place(round(35.6585 + north_m / 111_000, 5), round(139.4540 + east_m / 90_200, 5), 105.0)


SITES: tuple[PlannedSite, ...] = (
    PlannedSite(
        "aoba-es",
        {"ja": "あおば小学校", "en": "Aoba Elementary School"},
        _place(620, -480),
        20.0,
        inverters=_inverters(101, 20_000),
        chargers=(_charger(1, "ev1", "正門", "Main gate", "J1772", 6_000),),
        sensors=(PlannedSensor("weather", "DEMO-W001"),),
        storage=PlannedStorage("battery", "DEMO-B001", 20_000.0, 8_000.0),
        meter=PlannedMeter("meter", "DEMO-M001"),
        classroom=PlannedClassroom("classroom", "DEMO-C001"),
        dust=PlannedDustSensor("dust", "DEMO-D001"),
    ),
    PlannedSite(
        "midori-jh",
        {"ja": "みどり中学校", "en": "Midori Junior High School"},
        _place(1_450, 350),
        30.0,
        15.0,
        195.0,
        inverters=_inverters(111, 15_000, 15_000),
    ),
    PlannedSite(
        "sakura-es",
        {"ja": "さくら小学校", "en": "Sakura Elementary School"},
        _place(-1_130, -920),
        15.0,
        25.0,
        170.0,
        inverters=_inverters(121, 15_000),
    ),
    PlannedSite(
        "higashi-es",
        {"ja": "ひがし小学校", "en": "Higashi Elementary School"},
        _place(260, 1_980),
        20.0,
        20.0,
        150.0,
        inverters=_inverters(131, 20_000),
    ),
    PlannedSite(
        "minami-jh",
        {"ja": "みなみ中学校", "en": "Minami Junior High School"},
        _place(-1_820, 640),
        25.0,
        10.0,
        180.0,
        inverters=_inverters(141, 25_000),
    ),
    PlannedSite(
        "city-hall",
        {"ja": "市役所", "en": "City Hall"},
        _place(180, 120),
        50.0,
        10.0,
        185.0,
        inverters=_inverters(151, 25_000, 25_000),
        chargers=(
            _charger(2, "ev1", "北駐車場 1", "North car park 1", "CHAdeMO", 50_000),
            _charger(3, "ev2", "北駐車場 2", "North car park 2", "CHAdeMO", 50_000, newer=True),
        ),
    ),
    PlannedSite(
        "library",
        {"ja": "中央図書館", "en": "Central Library"},
        _place(-310, 260),
        10.0,
        20.0,
        210.0,
        inverters=_inverters(161, 10_000),
        chargers=(_charger(4, "ev1", "正面玄関", "Front entrance", "J1772", 6_000),),
    ),
    PlannedSite(
        "community-centre",
        {"ja": "中央公民館", "en": "Central Community Centre"},
        _place(540, 830),
        15.0,
        20.0,
        180.0,
        inverters=_inverters(171, 15_000),
        chargers=(_charger(5, "ev1", "東駐車場", "East car park", "CCS", 90_000, newer=True),),
    ),
    PlannedSite(
        "gymnasium",
        {"ja": "市民体育館", "en": "Citizens' Gymnasium"},
        _place(-760, -1_540),
        40.0,
        10.0,
        180.0,
        inverters=_inverters(181, 20_000, 20_000),
    ),
    PlannedSite(
        "station-plaza",
        {"ja": "駅前広場", "en": "Station Plaza"},
        _place(0, 0),
        chargers=(_charger(6, "ev1", "北口", "North exit", "CHAdeMO", 50_000),),
    ),
)
"""The first is the one whose screen the kiosk is."""
