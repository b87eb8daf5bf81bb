"""The quantities that devices of a town tell, each with one name, unit and sign whatever the protocol.

Signs are those of the site: grid + import, generation + producing, storage + discharge, consumption + consuming.
"""

import re
from dataclasses import replace
from typing import Final

from backend.model.point import PointKind, PointSpec, Unit

_ENERGY: Final = PointKind.ACCUMULATING
_NUMBERED: Final = re.compile(r"([a-z]+)([1-9]\d{0,2})_(\w+)")
_ANOTHER: Final = re.compile(r"(\w*[a-z_])([2-9]|[1-9]\d)")


def numbered(spec: PointSpec, number: int) -> PointSpec:
    """The same quantity of one of several parts, counted from 1: ``circuit3_power`` of ``circuit_power``."""
    part, _, quantity = spec.name.partition("_")
    return replace(spec, name=f"{part}{number}_{quantity}")


def another(spec: PointSpec, number: int) -> PointSpec:
    """The same quantity once more at the same device: ``irradiance`` is the first, ``irradiance2`` the second."""
    return spec if number == 1 else replace(spec, name=f"{spec.name}{number}")


def quantity_named(name: str) -> PointSpec | None:
    """The quantity of this name, also of a numbered part or once more: ``circuit3_power``, ``irradiance2``."""
    if name in QUANTITIES:
        return QUANTITIES[name]
    part = _NUMBERED.fullmatch(name)
    if part is not None and (spec := QUANTITIES.get(f"{part[1]}_{part[3]}")) is not None:
        return numbered(spec, int(part[2]))
    second = _ANOTHER.fullmatch(name)
    spec = QUANTITIES.get(second[1]) if second is not None else None
    return another(spec, int(second[2])) if spec is not None and second is not None else None


def _power(name: str) -> PointSpec:
    return PointSpec(name, Unit.WATT, digits=1)


def _energy(name: str) -> PointSpec:
    return PointSpec(name, Unit.WATT_HOUR, _ENERGY, digits=0, low=0)


def _voltage(name: str) -> PointSpec:
    return PointSpec(name, Unit.VOLT, digits=1, low=0)


def _current(name: str) -> PointSpec:
    return PointSpec(name, Unit.AMPERE, digits=2)


def _temperature(name: str) -> PointSpec:
    return PointSpec(name, Unit.CELSIUS, digits=1, low=-60, high=150)


def _irradiance(name: str) -> PointSpec:
    return PointSpec(name, Unit.IRRADIANCE, digits=1, low=-20, high=2000)


AC_POWER: Final = _power("ac_power")
"""Of a generator."""
AC_ENERGY: Final = _energy("ac_energy")
AC_VOLTAGE: Final = _voltage("ac_voltage")
AC_CURRENT: Final = _current("ac_current")
ABSORBED_ENERGY: Final = _energy("absorbed_energy")
FREQUENCY: Final = PointSpec("frequency", Unit.HERTZ, digits=3, low=0, high=100)
DC_POWER: Final = _power("dc_power")
DC_VOLTAGE: Final = _voltage("dc_voltage")
DC_CURRENT: Final = _current("dc_current")
MPPT_DC_POWER: Final = _power("mppt_dc_power")
MPPT_DC_VOLTAGE: Final = _voltage("mppt_dc_voltage")
MPPT_DC_CURRENT: Final = _current("mppt_dc_current")
MPPT_DC_ENERGY: Final = _energy("mppt_dc_energy")
CABINET_TEMPERATURE: Final = _temperature("cabinet_temperature")

GRID_POWER: Final = _power("grid_power")
IMPORT_ENERGY: Final = _energy("import_energy")
EXPORT_ENERGY: Final = _energy("export_energy")
GRID_VOLTAGE: Final = PointSpec("grid_voltage", Unit.VOLT, digits=1)
GRID_CURRENT: Final = _current("grid_current")
GRID_CURRENT_T: Final = _current("grid_current_t")
"""Of the other phase of a single-phase three-wire connection."""
DEMAND_POWER: Final = _power("demand_power")
"""Mean import over the last full half hour, as a supplier's meter forms it."""
EXPORT_DEMAND_POWER: Final = _power("export_demand_power")
PEAK_DEMAND_POWER: Final = _power("peak_demand_power")
"""Largest half hour of the billing month."""

LOAD_POWER: Final = _power("load_power")
"""What a building consumes, its storage and chargers left out."""
LOAD_ENERGY: Final = _energy("load_energy")
CIRCUIT_POWER: Final = _power("circuit_power")
CIRCUIT_ENERGY: Final = _energy("circuit_energy")
CIRCUIT_CURRENT: Final = _current("circuit_current")
CIRCUIT_CURRENT_T: Final = _current("circuit_current_t")

BATTERY_POWER: Final = _power("battery_power")
BATTERY_VOLTAGE: Final = _voltage("battery_voltage")
BATTERY_CURRENT: Final = _current("battery_current")
CHARGED_ENERGY: Final = _energy("charged_energy")
DISCHARGED_ENERGY: Final = _energy("discharged_energy")
STORED_ENERGY: Final = PointSpec("stored_energy", Unit.WATT_HOUR, digits=0, low=0)
"""What is in the storage now."""
SOC: Final = PointSpec("soc", Unit.PERCENT, digits=1, low=0, high=100)
BATTERY_TEMPERATURE: Final = _temperature("battery_temperature")
STATE_OF_HEALTH: Final = PointSpec("state_of_health", Unit.PERCENT, digits=0, low=0, high=100)

IRRADIANCE: Final = _irradiance("irradiance")
"""Global, on a horizontal plane."""
PLANE_IRRADIANCE: Final = _irradiance("plane_irradiance")
"""On the plane of the modules."""
DIFFUSE_IRRADIANCE: Final = _irradiance("diffuse_irradiance")
DIRECT_IRRADIANCE: Final = _irradiance("direct_irradiance")
MODULE_TEMPERATURE: Final = _temperature("module_temperature")
AMBIENT_TEMPERATURE: Final = _temperature("ambient_temperature")
GLOBE_TEMPERATURE: Final = _temperature("globe_temperature")
HUMIDITY: Final = PointSpec("humidity", Unit.PERCENT, digits=1, low=0, high=105)
PRESSURE: Final = PointSpec("pressure", Unit.PASCAL, digits=0, low=30_000, high=120_000)
WIND_SPEED: Final = PointSpec("wind_speed", Unit.METRE_PER_SECOND, digits=1, low=0, high=100)
WIND_DIRECTION: Final = PointSpec("wind_direction", Unit.DEGREE, digits=1, low=0, high=360)
"""Where it blows from, clockwise from north."""
RAIN: Final = PointSpec("rain", Unit.MILLIMETRE, _ENERGY, digits=1, low=0)
"""Counts up."""
RAIN_INTENSITY: Final = PointSpec("rain_intensity", Unit.MILLIMETRE_PER_HOUR, digits=2, low=0, high=500)
"""Mean over an interval, as tables of a weather service tell it: times its hours it is what fell."""
CO2: Final = PointSpec("co2", Unit.PPM, digits=0, low=0, high=50_000)
VOC: Final = PointSpec("voc", Unit.PPM, digits=0, low=0, high=65_533)
PM25: Final = PointSpec("pm25", Unit.MICROGRAM, digits=1, low=0, high=2000)
ILLUMINANCE: Final = PointSpec("illuminance", Unit.LUX, digits=0, low=0, high=200_000)
WBGT: Final = PointSpec("wbgt", Unit.CELSIUS, digits=1, low=-60, high=60)

GENERATION_POWER: Final = _power("generation_power")
"""Derived for a site: of all its generators together."""
CHARGING_POWER: Final = _power("charging_power")
"""Derived for a site: what its chargers give to cars."""
OWN_CONSUMPTION_POWER: Final = _power("own_consumption_power")
"""Derived for a site: generation that is used at the place."""
SELF_CONSUMPTION: Final = PointSpec("self_consumption", Unit.PERCENT, digits=1, low=0, high=100)
"""Derived for a site: share of generation that is used at the place."""
SELF_SUFFICIENCY: Final = PointSpec("self_sufficiency", Unit.PERCENT, digits=1, low=0, high=100)
"""Derived for a site: share of consumption that does not come from the grid."""
PERFORMANCE_RATIO: Final = PointSpec("performance_ratio", Unit.PERCENT, digits=1, low=0, high=200)
"""Derived for a site: yield beside what the plane's irradiance would give at standard conditions (IEC 61724-1)."""

QUANTITIES: Final[dict[str, PointSpec]] = {spec.name: spec for spec in tuple(globals().values()) if isinstance(spec, PointSpec)}
"""By name."""
