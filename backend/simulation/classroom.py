"""The air of a classroom, told by an ECHONET Lite sensor: stale during lessons, fresh after the breaks, quiet at night."""

import math
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from backend.drivers.echonet.frame import Eoj
from backend.model.clock import Clock
from backend.simulation.echonet import PseudoObject
from backend.simulation.plan import TIMEZONE, PlannedClassroom

OUTSIDE_PPM: Final = 430.0
_STALE_PPM: Final = 1_250.0
_FILLS_IN_MIN: Final = 35.0
_EMPTIES_IN_MIN: Final = 8.0
_LESSONS_MIN: Final = ((525, 570), (580, 625), (645, 690), (700, 745), (825, 870), (880, 925))
"""From 8:45 on, six lessons of 45 minutes with breaks between them."""


def co2_ppm(at_ms: int) -> float:
    """What the sensor measures at an instant of the town's time; at weekends the room is empty."""
    now = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(TIMEZONE))
    if now.weekday() >= 5:
        return OUTSIDE_PPM
    minute = now.hour * 60 + now.minute + now.second / 60
    level, since = OUTSIDE_PPM, 0.0
    for begins, ends in _LESSONS_MIN:
        if minute < begins:
            break
        level = _towards(OUTSIDE_PPM, level, begins - since, _EMPTIES_IN_MIN)
        if minute < ends:
            return _towards(_STALE_PPM, level, minute - begins, _FILLS_IN_MIN)
        level, since = _towards(_STALE_PPM, level, ends - begins, _FILLS_IN_MIN), ends
    return _towards(OUTSIDE_PPM, level, minute - since, _EMPTIES_IN_MIN)


class ClassroomSensor(PseudoObject):
    """A CO2 sensor, class 001B."""

    def __init__(self, planned: PlannedClassroom, clock: Clock) -> None:
        super().__init__(Eoj(0x001B, 1), planned.serial, {0xE0: b"\0\0"})
        self._clock = clock

    def get(self, epc: int) -> bytes:
        """The measured value as of now."""
        if epc == 0xE0:
            self.properties[epc] = round(co2_ppm(self._clock.now_ms())).to_bytes(2)
        return super().get(epc)


def _towards(target: float, level: float, minutes: float, pace_min: float) -> float:
    return target + (level - target) * math.exp(-minutes / pace_min)
