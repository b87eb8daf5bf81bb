"""Numbers with units, as parts, because a screen sets number and unit in different sizes."""

from typing import NamedTuple

ABSENT = "—"
"""Stands where a number cannot be shown."""

_KILO = 1_000.0
_MEGA = 1_000_000.0
_ENERGY_IN_MWH_FROM = 100 * _MEGA


class Quantity(NamedTuple):
    """A formatted number and its unit; ``str()`` joins them."""

    number: str
    unit: str

    def __str__(self) -> str:
        """As in a running text: ``14.8 kW``, ``97%``."""
        joint = "" if self.unit in ("%", "℃", "°C", "°") else "\u00a0"
        return f"{self.number}{joint}{self.unit}" if self.unit else self.number


def decimal(value: float, digits: int, language: str) -> str:
    """A number with a fixed count of decimals and the language's separators; never a negative zero."""
    from babel.numbers import format_decimal

    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(round(value, digits) + 0.0, format=pattern, locale=language)


def plain(value: float, language: str) -> str:
    """A number with up to three decimals, as many as it needs."""
    from babel.numbers import format_decimal

    return format_decimal(value, format="#,##0.###", locale=language)


def power(power_w: float, language: str) -> Quantity:
    """In kW with one decimal (two below 1 kW), MW with two from 1,000 kW on."""
    if abs(round(power_w, -2)) >= _MEGA:
        return Quantity(decimal(power_w / _MEGA, 2, language), "MW")
    digits = 2 if 0.005 <= abs(power_w) / _KILO < 0.995 else 1
    return Quantity(decimal(power_w / _KILO, digits, language), "kW")


def rated_power(power_w: float, language: str) -> Quantity:
    """A nameplate's power in kW without needless decimals: ``50 kW``, ``5.5 kW``."""
    kilowatts = power_w / _KILO
    return Quantity(decimal(kilowatts, 0 if abs(kilowatts - round(kilowatts)) < 0.05 else 1, language), "kW")


def energy(energy_wh: float, language: str) -> Quantity:
    """In kWh with one decimal, whole from 1,000 kWh on, MWh with one decimal from 100 MWh on."""
    if abs(energy_wh) >= _ENERGY_IN_MWH_FROM:
        return Quantity(decimal(energy_wh / _MEGA, 1, language), "MWh")
    return Quantity(decimal(energy_wh / _KILO, 0 if abs(energy_wh) >= _MEGA else 1, language), "kWh")


def mass(mass_kg: float, language: str) -> Quantity:
    """In kg with one decimal, tonnes with two from 1,000 kg on."""
    if abs(mass_kg) >= _KILO:
        return Quantity(decimal(mass_kg / _KILO, 2, language), "t")
    return Quantity(decimal(mass_kg, 1, language), "kg")


def significant(value: float, digits: int, language: str) -> str:
    """A number with so many significant digits, for equivalents that are only about right."""
    if value == 0:
        return decimal(0, 0, language)
    from math import floor, log10

    places = digits - 1 - floor(log10(abs(value)))
    return decimal(round(value, places), max(places, 0), language)


def data_size(size_bytes: int, language: str) -> Quantity:
    """Bytes as kB, MB or GB (powers of ten), with one decimal from MB on."""
    for factor, unit, digits in ((1e9, "GB", 1), (1e6, "MB", 1)):
        if size_bytes >= factor:
            return Quantity(decimal(size_bytes / factor, digits, language), unit)
    return Quantity(decimal(size_bytes / 1e3, 0, language), "kB")
