"""The fine dust in the air of a school yard, told by a small sensor in JSON over HTTP: more in the rush hours, less at night."""

import math
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from backend.model.clock import Clock
from backend.simulation.plan import TIMEZONE, PlannedDustSensor

_QUIET_UG: Final = 6.0
_RUSH_UG: Final = 11.0
_RUSHES_H: Final = (8.0, 18.0)
_WIDTH_H: Final = 1.6


def pm25_ug(at_ms: int) -> float:
    """What the sensor measures at an instant of the town's time, in micrograms per cubic metre."""
    now = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(TIMEZONE))
    hour = now.hour + now.minute / 60 + now.second / 3600
    busy = 0.4 if now.weekday() >= 5 else 1.0
    rush = sum(math.exp(-(((hour - peak) / _WIDTH_H) ** 2)) for peak in _RUSHES_H)
    return _QUIET_UG + busy * _RUSH_UG * rush


class DustSensor:
    """What the sensor would answer now."""

    def __init__(self, planned: PlannedDustSensor, clock: Clock) -> None:
        self._planned, self._clock = planned, clock

    def document(self) -> object:
        """Its JSON."""
        return {"serial": self._planned.serial, "air": {"pm2_5": round(pm25_ug(self._clock.now_ms()), 1)}}
