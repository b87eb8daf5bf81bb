"""Measurands and units of OCPP (1.6, section 7.31, 7.45; 2.0.1 and 2.1, MeasurandEnumType) and the points they become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backend.model.point import PointKind, PointSpec, Unit
from backend.model.states import StateSet

DEFAULT_MEASURAND: Final = "Energy.Active.Import.Register"
HEALTH: Final = PointSpec("health", Unit.STATE, PointKind.STATUS, 0, StateSet.HEALTH)
LINK: Final = PointSpec("link", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTIVITY)


@dataclass(frozen=True, slots=True)
class Measurand:
    """One row of the table: what a measurand is called here."""

    name: str
    unit: Unit
    kind: PointKind = PointKind.INSTANTANEOUS
    digits: int = 3
    additive: bool = False
    """Whether the phases add up to the whole."""
    low: float | None = None
    high: float | None = None


_COUNTS: Final = PointKind.ACCUMULATING
MEASURANDS: Final[Mapping[str, Measurand]] = {
    "Energy.Active.Import.Register": Measurand("energy", Unit.WATT_HOUR, _COUNTS, 1, additive=True, low=0),
    "Energy.Active.Export.Register": Measurand("export_energy", Unit.WATT_HOUR, _COUNTS, 1, additive=True, low=0),
    "Energy.Reactive.Import.Register": Measurand("reactive_energy", Unit.VAR_HOUR, _COUNTS, 1, additive=True),
    "Energy.Reactive.Export.Register": Measurand("reactive_export_energy", Unit.VAR_HOUR, _COUNTS, 1, additive=True),
    "Energy.Active.Import.Interval": Measurand("interval_energy", Unit.WATT_HOUR, digits=1, additive=True),
    "Energy.Active.Export.Interval": Measurand("interval_export_energy", Unit.WATT_HOUR, digits=1, additive=True),
    "Energy.Reactive.Import.Interval": Measurand("interval_reactive_energy", Unit.VAR_HOUR, digits=1, additive=True),
    "Energy.Reactive.Export.Interval": Measurand("interval_reactive_export_energy", Unit.VAR_HOUR, digits=1, additive=True),
    "Power.Active.Import": Measurand("power", Unit.WATT, digits=1, additive=True),
    "Power.Active.Export": Measurand("export_power", Unit.WATT, digits=1, additive=True),
    "Power.Offered": Measurand("offered_power", Unit.WATT, digits=1, additive=True),
    "Power.Reactive.Import": Measurand("reactive_power", Unit.VAR, digits=1, additive=True),
    "Power.Reactive.Export": Measurand("reactive_export_power", Unit.VAR, digits=1, additive=True),
    "Power.Factor": Measurand("power_factor", Unit.RATIO, low=-1, high=1),
    "Current.Import": Measurand("current", Unit.AMPERE),
    "Current.Export": Measurand("export_current", Unit.AMPERE),
    "Current.Offered": Measurand("offered_current", Unit.AMPERE),
    "Voltage": Measurand("voltage", Unit.VOLT, low=0),
    "Frequency": Measurand("frequency", Unit.HERTZ, low=0, high=1000),
    "Temperature": Measurand("temperature", Unit.CELSIUS, low=-80, high=300),
    "SoC": Measurand("soc", Unit.PERCENT, low=0, high=100),
    "RPM": Measurand("fan_speed", Unit.RPM, low=0),
    # What only OCPP 2.x has. A net register goes up and down, so no energy is taken from its differences.
    "Energy.Active.Net": Measurand("net_energy", Unit.WATT_HOUR, digits=1, additive=True),
    "Energy.Reactive.Net": Measurand("reactive_net_energy", Unit.VAR_HOUR, digits=1, additive=True),
    "Energy.Active.Import.CableLoss": Measurand("cable_loss_energy", Unit.WATT_HOUR, digits=1),
    "Energy.Active.Import.LocalGeneration.Register": Measurand("local_energy", Unit.WATT_HOUR, _COUNTS, 1, low=0),
    "Energy.Active.Setpoint.Interval": Measurand("interval_setpoint_energy", Unit.WATT_HOUR, digits=1),
    "Power.Active.Setpoint": Measurand("setpoint_power", Unit.WATT, digits=1),
    "Power.Active.Residual": Measurand("residual_power", Unit.WATT, digits=1),
    "Power.Import.Offered": Measurand("import_offered_power", Unit.WATT, digits=1, additive=True),
    "Power.Import.Minimum": Measurand("import_minimum_power", Unit.WATT, digits=1, additive=True),
    "Power.Export.Offered": Measurand("export_offered_power", Unit.WATT, digits=1, additive=True),
    "Power.Export.Minimum": Measurand("export_minimum_power", Unit.WATT, digits=1, additive=True),
    "Current.Import.Offered": Measurand("import_offered_current", Unit.AMPERE),
    "Current.Import.Minimum": Measurand("import_minimum_current", Unit.AMPERE),
    "Current.Export.Offered": Measurand("export_offered_current", Unit.AMPERE),
    "Current.Export.Minimum": Measurand("export_minimum_current", Unit.AMPERE),
    "Voltage.Minimum": Measurand("minimum_voltage", Unit.VOLT, low=0),
    "Voltage.Maximum": Measurand("maximum_voltage", Unit.VOLT, low=0),
    "Display.PresentSOC": Measurand("shown_soc", Unit.PERCENT, low=0, high=100),
    "Display.MinimumSOC": Measurand("minimum_soc", Unit.PERCENT, low=0, high=100),
    "Display.TargetSOC": Measurand("target_soc", Unit.PERCENT, low=0, high=100),
    "Display.MaximumSOC": Measurand("maximum_soc", Unit.PERCENT, low=0, high=100),
    "Display.BatteryEnergyCapacity": Measurand("battery_capacity", Unit.WATT_HOUR, digits=1, low=0),
    "EnergyRequest.Target": Measurand("target_energy", Unit.WATT_HOUR, digits=1),
    "EnergyRequest.Minimum": Measurand("minimum_energy", Unit.WATT_HOUR, digits=1),
    "EnergyRequest.Maximum": Measurand("maximum_energy", Unit.WATT_HOUR, digits=1),
    "EnergyRequest.Minimum.V2X": Measurand("minimum_v2x_energy", Unit.WATT_HOUR, digits=1),
    "EnergyRequest.Maximum.V2X": Measurand("maximum_v2x_energy", Unit.WATT_HOUR, digits=1),
    "EnergyRequest.Bulk": Measurand("bulk_energy", Unit.WATT_HOUR, digits=1),
}
"""Apparent energy, remaining times and yes-or-no values of 2.x have no point: what they say is no energy of anybody's books."""

CONVERSIONS: Final[Mapping[str, tuple[Unit, Callable[[float], float]]]] = {
    "Wh": (Unit.WATT_HOUR, lambda x: x),
    "kWh": (Unit.WATT_HOUR, lambda x: x * 1000),
    "varh": (Unit.VAR_HOUR, lambda x: x),
    "kvarh": (Unit.VAR_HOUR, lambda x: x * 1000),
    "W": (Unit.WATT, lambda x: x),
    "kW": (Unit.WATT, lambda x: x * 1000),
    "VA": (Unit.VOLT_AMPERE, lambda x: x),
    "kVA": (Unit.VOLT_AMPERE, lambda x: x * 1000),
    "var": (Unit.VAR, lambda x: x),
    "kvar": (Unit.VAR, lambda x: x * 1000),
    "A": (Unit.AMPERE, lambda x: x),
    "V": (Unit.VOLT, lambda x: x),
    "K": (Unit.CELSIUS, lambda x: x - 273.15),
    "Celsius": (Unit.CELSIUS, lambda x: x),
    "Celcius": (Unit.CELSIUS, lambda x: x),
    "Fahrenheit": (Unit.CELSIUS, lambda x: (x - 32) / 1.8),
    "Percent": (Unit.PERCENT, lambda x: x),
    "Hertz": (Unit.HERTZ, lambda x: x),
    "Hz": (Unit.HERTZ, lambda x: x),
}
"""Unit of measure as sent, to the stored unit and how to get there."""


def part_of(connector: int) -> str:
    """Name of a part of the charger; connector 0 is the station itself."""
    return f"connector{connector}" if connector else "station"


def state_spec(connector: int) -> PointSpec:
    """State of a connector or of the station."""
    return PointSpec(f"{part_of(connector)}.state", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTOR)


def plug_spec(evse: int, plug: int) -> PointSpec:
    """State of one of several connectors of an EVSE (OCPP 2.x)."""
    return PointSpec(f"{part_of(evse)}_{plug}.state", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTOR)


def charging_spec(connector: int) -> PointSpec:
    """Charging state of a connector."""
    return PointSpec(f"{part_of(connector)}.charging", Unit.STATE, PointKind.STATUS, 0, StateSet.CHARGING)


def measurand_spec(connector: int, measurand: Measurand, suffix: str = "") -> PointSpec:
    """A measured quantity of a connector or of the station; the suffix tells phase and place."""
    name = f"{part_of(connector)}.{measurand.name}{suffix}"
    return PointSpec(name, measurand.unit, measurand.kind, measurand.digits, low=measurand.low, high=measurand.high)


def register_spec(connector: int) -> PointSpec:
    """The energy register, as meterStart and meterStop give it."""
    return measurand_spec(connector, MEASURANDS[DEFAULT_MEASURAND])


def first_specs(connector: int) -> tuple[PointSpec, ...]:
    """Points that every connector has from the beginning; others are declared when they are first heard of."""
    power = MEASURANDS["Power.Active.Import"]
    return (state_spec(connector), charging_spec(connector), measurand_spec(connector, power), register_spec(connector))
