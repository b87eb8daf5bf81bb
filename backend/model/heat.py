"""How dangerous heat is, by the wet-bulb globe temperature.

Source: Ministry of the Environment of Japan, heat illness prevention site (wbgt.env.go.jp), levels for exercise after the Japan
Sport Association (2019): below 21 almost safe, from 21 caution, from 25 warning, from 28 severe warning, from 31 danger.
"""

from bisect import bisect_right
from enum import IntEnum
from typing import Final


class HeatRisk(IntEnum):
    """Worst is highest."""

    ALMOST_SAFE = 0
    CAUTION = 1
    WARNING = 2
    SEVERE_WARNING = 3
    DANGER = 4


HEAT_STEPS_C: Final = (21.0, 25.0, 28.0, 31.0)
"""Where each level after the first begins, in degrees C of WBGT."""


def heat_risk(wbgt_c: float) -> HeatRisk:
    """The level of a WBGT in degrees C; each begins at its step."""
    return HeatRisk(bisect_right(HEAT_STEPS_C, wbgt_c))
