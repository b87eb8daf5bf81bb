"""A site: a place with devices, and the words and factors its screens use."""

from dataclasses import dataclass, field
from enum import StrEnum

Names = dict[str, str]
"""A name per language code, such as ``{"ja": "あおば小学校", "en": "Aoba Elementary School"}``."""


class Co2Wording(StrEnum):
    """Who owns the environmental value of the power; decides what a screen may claim (domain.md section 9)."""

    SELF_USE = "self_use"
    FIT = "fit"
    FIP = "fip"
    CREDITS_SOLD = "credits_sold"


@dataclass(frozen=True, slots=True)
class Factor:
    """A published figure that turns energy into something else; never a constant in code."""

    value: float
    unit: str
    """``kg-CO2/kWh``, ``kg-CO2/year``, ``kWh/day`` …"""
    year: str
    """Fiscal or survey year, as published."""
    source: Names
    kind: str = ""
    """Such as ``basic`` or ``adjusted`` for emission factors."""
    supplier: str = ""
    published: str = ""
    """Date of publication, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The factor rows of one site; what is missing is not shown."""

    co2: Factor | None = None
    """kg-CO2 per kWh of grid power displaced."""
    cedar: Factor | None = None
    """kg-CO2 a cedar takes up in a year."""
    household: Factor | None = None
    """kWh a household uses in a day."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site is."""

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""
    elevation_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Array:
    """A photovoltaic generator of a site."""

    installed_kw: float
    tilt_deg: float = 20.0
    """From horizontal."""
    azimuth_deg: float = 180.0
    """Clockwise from north; 180 faces south."""


@dataclass(frozen=True, slots=True)
class Site:
    """A school, a city hall, a library: one place on the map with one calendar."""

    key: str
    names: Names
    place: Place
    timezone: str
    """IANA name; days are calendar days of this zone."""
    pv: Array | None = None
    co2_wording: Co2Wording = Co2Wording.SELF_USE
    factors: Factors = field(default_factory=Factors)
