"""What an amount of generated energy stands for, and whether a screen may say so (domain.md section 9).

Only a site that uses its own power, or sells it with its environmental value, may claim a CO2 reduction. Under FIT and FIP
the value belongs to all who pay the levy, sold credits belong to their buyer: then neither CO2 nor cedars are given, and
``note`` says what happens to the power instead. Comparing the energy itself with households claims nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import floor, isfinite, log10

from backend.model.message import Message
from backend.model.site import Co2Wording, Factor, Factors

ABOUT_DIGITS = 2
"""Significant digits of an equivalent: it is an illustration, not a measurement."""
CO2_DIGITS = 3
"""Significant digits of a reduction: as good as the published factors."""


class FigureKind(StrEnum):
    """What a figure counts."""

    CO2 = "co2"
    CEDARS = "cedars"
    HOUSEHOLDS = "households"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a screen with the factor it comes from, so that year and source can stand beside it."""

    kind: FigureKind
    value: float
    """Rounded; kg-CO2, trees, or household days."""
    factor: Factor
    words: Message
    """A phrase with ``{value}`` in it."""


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Everything that may be said; what is None has no factor or must not be claimed."""

    co2: Figure | None = None
    cedars: Figure | None = None
    households: Figure | None = None
    title: Message | None = None
    """Where no reduction may be claimed: what stands in its place, such as "Sent to the grid"."""
    note: Message | None = None
    """And the sentence that explains it."""


def equivalents(energy_wh: float | None, factors: Factors, wording: Co2Wording) -> Equivalents:
    """What this much generated energy stands for; nothing where the energy is unknown."""
    title, note = _instead(wording)
    if energy_wh is None or not isfinite(energy_wh) or energy_wh < 0:
        return Equivalents(title=title, note=note)
    households = _households(energy_wh, factors)
    if wording is not Co2Wording.SELF_USE:
        return Equivalents(households=households, title=title, note=note)
    return Equivalents(_co2(energy_wh, factors), _cedars(energy_wh, factors), households)


def significant(value: float, digits: int) -> float:
    """Rounded to so many significant digits."""
    if value == 0 or not isfinite(value):
        return value
    return round(value, digits - 1 - floor(log10(abs(value))))


def _instead(wording: Co2Wording) -> tuple[Message | None, Message | None]:
    match wording:
        case Co2Wording.SELF_USE:
            return None, None
        case Co2Wording.FIT | Co2Wording.FIP:
            note = Message("The environmental value of this power belongs to everyone who pays for renewable energy.")
            return Message("Sent to the grid"), note
        case Co2Wording.CREDITS_SOLD:
            note = Message("The environmental value of this power has been passed on as credits.")
            return Message("Made here"), note


def _reduction_kg(energy_wh: float, factors: Factors) -> float | None:
    return None if factors.co2 is None else energy_wh / 1000 * factors.co2.value


def _co2(energy_wh: float, factors: Factors) -> Figure | None:
    reduction_kg = _reduction_kg(energy_wh, factors)
    if reduction_kg is None or factors.co2 is None:
        return None
    value = significant(reduction_kg, CO2_DIGITS)
    return Figure(FigureKind.CO2, value, factors.co2, Message("{value} kg of CO2 avoided", {"value": value}))


def _cedars(energy_wh: float, factors: Factors) -> Figure | None:
    reduction_kg = _reduction_kg(energy_wh, factors)
    if reduction_kg is None or factors.cedar is None or factors.cedar.value <= 0:
        return None
    value = significant(reduction_kg / factors.cedar.value, ABOUT_DIGITS)
    words = Message("As much as {value} cedars absorb in a year", {"value": value})
    return Figure(FigureKind.CEDARS, value, factors.cedar, words)


def _households(energy_wh: float, factors: Factors) -> Figure | None:
    if factors.household is None or factors.household.value <= 0:
        return None
    value = significant(energy_wh / 1000 / factors.household.value, ABOUT_DIGITS)
    words = Message("As much as {value} households use in a day", {"value": value})
    return Figure(FigureKind.HOUSEHOLDS, value, factors.household, words)
