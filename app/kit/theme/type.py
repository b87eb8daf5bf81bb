"""Sizes of type as shares of the screen's height, and how high characters must be to be read from afar."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

CAP_RATIO = 0.765
"""Height of capitals and figures of BIZ UDPGothic, as a share of the font's size."""
KANJI_RATIO = 0.92
"""Height of 木 of BIZ UDPGothic, as a share of the font's size."""


@dataclass(frozen=True, slots=True)
class TypeScale:
    """Font sizes (not glyph heights) as shares of the screen's shorter reference, the height of a landscape picture."""

    hero: float = 0.260
    """One number per scene: figures 1/5 of the screen high."""
    hero_unit: float = 0.105
    big: float = 0.085
    """Second numbers, at most a third of the hero."""
    clock: float = 0.080
    title: float = 0.050
    label: float = 0.034
    body: float = 0.033
    small: float = 0.028
    """Second language, ages; nothing that must be read is smaller."""
    credit: float = 0.018
    """Sources and years only."""


TYPE = TypeScale()


class Script(StrEnum):
    """Scripts differ in how high a character must be."""

    JAPANESE = "japanese"
    LATIN = "latin"


# Japanese passenger-facility sign guideline: viewing distance in m -> mm of 木, mm of E.
_MINIMUM_MM = ((2.0, 9.0, 7.0), (4.0, 20.0, 15.0), (5.0, 20.0, 15.0), (10.0, 40.0, 30.0), (20.0, 80.0, 60.0), (30.0, 120.0, 90.0))


def minimum_height_mm(distance_m: float, script: Script) -> float:
    """Smallest height of a character that can be read from a distance; between the guideline's rows linear."""
    column = 1 if script is Script.JAPANESE else 2
    rows = [(row[0], row[column]) for row in _MINIMUM_MM]
    if distance_m <= rows[0][0]:
        return rows[0][1]
    for (near_m, near_mm), (far_m, far_mm) in pairwise(rows):
        if distance_m <= far_m:
            return near_mm + (far_mm - near_mm) * (distance_m - near_m) / (far_m - near_m)
    return rows[-1][1] * distance_m / rows[-1][0]


def minimum_height_px(distance_m: float, script: Script, screen_mm: float, screen_px: float) -> float:
    """The same in pixels of a screen that is so many millimetres and pixels high."""
    return minimum_height_mm(distance_m, script) / screen_mm * screen_px
