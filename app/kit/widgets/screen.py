"""Measures of a screen: the unit of every layout, and the sizes of type that can be read from where people stand."""

from dataclasses import dataclass

from app.kit.theme.type import CAP_RATIO, KANJI_RATIO, Script, minimum_height_px
from app.kit.widgets.box import Box
from app.kit.widgets.typeset import is_wide
from backend.model.kiosk import KioskPlan

FARTHEST_M = 6.0
"""Distance up to which layouts hold on a 55-inch screen; who stands farther away needs a larger screen."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture's size and what must be readable on it."""

    width: float
    height: float
    screen_mm: float = 685.0
    """Shorter side of the visible picture."""
    distance_m: float = 4.0

    @classmethod
    def of(cls, width: float, height: float, plan: KioskPlan | None) -> "Screen":
        """By the plan's physical size and distance."""
        if plan is None:
            return cls(width, height)
        return cls(width, height, plan.screen_height_mm, plan.viewing_distance_m)

    @property
    def is_portrait(self) -> bool:
        """Higher than wide."""
        return self.height > self.width

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side, in pixels."""
        return min(self.width, self.height) / 100

    @property
    def box(self) -> Box:
        """The whole picture."""
        return Box(0, 0, self.width, self.height)

    def least_size(self, text: str) -> float:
        """Smallest font size at which this text may be set, credits excepted."""
        wide = is_wide(text)
        script = Script.JAPANESE if wide else Script.LATIN
        distance_m = min(self.distance_m, FARTHEST_M * self.screen_mm / 685.0)
        glyph = minimum_height_px(distance_m, script, self.screen_mm, min(self.width, self.height))
        return float(-(-glyph // (KANJI_RATIO if wide else CAP_RATIO)))
