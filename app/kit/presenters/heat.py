"""The level of heat in words, shapes and a place on a scale."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.kit.i18n import Texts
from app.kit.presenters.bilingual import Pair, Speaker
from app.kit.presenters.tone import Shape, Tone
from backend.model.heat import HEAT_STEPS_C, HeatRisk, heat_risk

_LOOKS: Mapping[HeatRisk, tuple[Shape, Tone]] = {
    HeatRisk.ALMOST_SAFE: (Shape.RING, Tone.LEAF),
    HeatRisk.CAUTION: (Shape.DROP, Tone.BLUE),
    HeatRisk.WARNING: (Shape.TRIANGLE, Tone.AMBER),
    HeatRisk.SEVERE_WARNING: (Shape.DIAMOND, Tone.RED),
    HeatRisk.DANGER: (Shape.CROSS, Tone.RED),
}
_DIGITS = 1
_BELOW, _ABOVE = 10.0, 5.0
"""Degrees that the first and the last step of the scale stand for."""


@dataclass(frozen=True, slots=True)
class HeatView:
    """What a WBGT means."""

    level: HeatRisk
    shape: Shape
    tone: Tone
    word: Pair
    advice: Pair
    place: float
    """On a scale of five equal steps, 0 to 1."""
    limits: tuple[str, ...]
    """The figures between the steps."""


def view_heat(wbgt_celsius: float, speaker: Speaker) -> HeatView:
    """The level of a WBGT, by the figure that stands beside it."""
    level = heat_risk(round(wbgt_celsius, _DIGITS))
    shape, tone = _LOOKS[level]
    return HeatView(
        level,
        shape,
        tone,
        speaker.both(lambda texts: _say_level(level, texts)),
        speaker.both(lambda texts: _say_advice(level, texts)),
        round(_place(wbgt_celsius, level), 3),
        tuple(speaker.main.number(limit) for limit in HEAT_STEPS_C),
    )


def _place(wbgt_celsius: float, level: HeatRisk) -> float:
    edges = (HEAT_STEPS_C[0] - _BELOW, *HEAT_STEPS_C, HEAT_STEPS_C[-1] + _ABOVE)
    low, high = edges[level], edges[level + 1]
    return (level + min(1.0, max(0.0, (wbgt_celsius - low) / (high - low)))) / len(HeatRisk)


def _say_level(level: HeatRisk, texts: Texts) -> str:
    match level:
        case HeatRisk.ALMOST_SAFE:
            return texts.say_to("heat", "Almost safe")
        case HeatRisk.CAUTION:
            return texts.say_to("heat", "Caution")
        case HeatRisk.WARNING:
            return texts.say_to("heat", "Warning")
        case HeatRisk.SEVERE_WARNING:
            return texts.say_to("heat", "Severe warning")
        case HeatRisk.DANGER:
            return texts.say_to("heat", "Danger")


def _say_advice(level: HeatRisk, texts: Texts) -> str:
    match level:
        case HeatRisk.ALMOST_SAFE:
            return texts.say_to("children", "Drink some water now and then")
        case HeatRisk.CAUTION:
            return texts.say_to("children", "Drink water often")
        case HeatRisk.WARNING:
            return texts.say_to("children", "Rest often and drink water")
        case HeatRisk.SEVERE_WARNING:
            return texts.say_to("children", "No hard exercise, stay in the shade")
        case HeatRisk.DANGER:
            return texts.say_to("children", "No exercise, stay in cool rooms")
