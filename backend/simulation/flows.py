"""What flows at a site of the town: sun, building, cars and battery by the minute, and the grid, which is what is left.

The meter's present power is the balance of what really flows at that moment; its registers count by the minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.simulation.building import PlannedStorage, consumption_w, run_battery
from backend.simulation.charging import Visit
from backend.simulation.plan import PlannedSite
from backend.simulation.script import CAR_DAYS, EARLIER_DAYS, Script, metered
from backend.simulation.visits import cars_of
from backend.simulation.weather import STEP_MS, Floats, Weather, day_of

_IMPORT_BEFORE_WH, _EXPORT_BEFORE_WH = 31_400_000.0, 4_200_000.0
"""Of the meter's registers, before the first day."""
_START: Final = 0.35
"""Share of the battery that is full when the first day begins."""


@dataclass(frozen=True, slots=True)
class FlowsOfDay:
    """A calendar day by the minute; powers in W, in the signs of the site."""

    start_ms: int
    sun_w: Floats
    load_w: Floats
    cars_w: Floats
    battery_w: Floats
    """+ discharge."""
    content_wh: Floats
    import_wh: Floats
    """Register of the meter."""
    export_wh: Floats

    @property
    def grid_w(self) -> Floats:
        """+ import."""
        return self.load_w + self.cars_w - self.sun_w - self.battery_w


class Flows:
    """Of one site with a battery and a meter."""

    def __init__(
        self, weather: Weather, site: PlannedSite, storage: PlannedStorage, visits: Sequence[Visit], first_day: date
    ) -> None:
        """``first_day`` is the day from which battery and registers are followed; ``visits`` are the cars of its chargers."""
        self._weather, self._site, self.storage, self._visits, self._first_day = weather, site, storage, visits, first_day
        self._days: dict[date, FlowsOfDay] = {}

    def day(self, day: date) -> FlowsOfDay:
        """A day at or after the first."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._make(day)
        return found

    def battery(self, at_ms: int) -> tuple[float, float]:
        """Power in W and state of charge in % at an instant."""
        day = self.day(day_of(at_ms))
        return _at(day, day.battery_w, at_ms), 100 * _at(day, day.content_wh, at_ms) / self.storage.capacity_wh

    def grid(self, at_ms: int, sun_w: float) -> tuple[float, float, float]:
        """Power in W, import and export register in Wh at an instant, given what the inverters really give."""
        day = self.day(day_of(at_ms))
        power_w = _at(day, day.load_w, at_ms) + self._cars_w(at_ms) - sun_w - _at(day, day.battery_w, at_ms)
        return power_w, _at(day, day.import_wh, at_ms), _at(day, day.export_wh, at_ms)

    def _make(self, day: date) -> FlowsOfDay:
        sky = self._weather.day(self._site, day)
        at_ms = sky.start_ms + np.arange(len(sky.power_w), dtype=np.int64) * STEP_MS
        before = self.day(day - timedelta(days=1)) if day > self._first_day else None
        load_w = consumption_w(self._weather.seed, self._weather.number(day), sky.ambient_c, self._site.building_w)
        cars_w = np.array([self._cars_w(each) for each in at_ms.tolist()])
        start_wh = _START * self.storage.capacity_wh if before is None else float(before.content_wh[-1])
        battery_w, content_wh = run_battery(self.storage, start_wh, sky.power_w - load_w - cars_w)
        grid_w = load_w + cars_w - sky.power_w - battery_w
        return FlowsOfDay(
            sky.start_ms,
            sky.power_w,
            load_w,
            cars_w,
            battery_w,
            content_wh,
            _register(_IMPORT_BEFORE_WH if before is None else float(before.import_wh[-1]), np.maximum(grid_w, 0.0)),
            _register(_EXPORT_BEFORE_WH if before is None else float(before.export_wh[-1]), np.maximum(-grid_w, 0.0)),
        )

    def _cars_w(self, at_ms: int) -> float:
        return sum(visit.power_w(at_ms) for visit in self._visits if visit.arrive_ms <= at_ms < visit.leave_ms)


def flows_of(script: Script, weather: Weather) -> dict[str, Flows]:
    """By site, of every site that has a battery and a meter."""
    first_day = script.first_day - timedelta(days=EARLIER_DAYS)
    found: dict[str, Flows] = {}
    for key, site, storage, _ in metered():
        visits = cars_of(site, script.seed, script.first_day, CAR_DAYS, script.clock.node_ms)
        found[key] = Flows(weather, site, storage, visits, first_day)
    return found


def _register(before_wh: float, power_w: NDArray[np.float64]) -> Floats:
    return before_wh + np.cumsum(power_w) / 60


def _at(day: FlowsOfDay, values: Floats, at_ms: int) -> float:
    minute = (at_ms - day.start_ms) / STEP_MS
    return float(np.interp(minute, np.arange(len(values)), values))
