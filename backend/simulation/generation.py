"""What an inverter of the town gives and has given, at any instant."""

from datetime import date, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from backend.simulation.plan import PlannedInverter, PlannedSite
from backend.simulation.weather import STEP_MS, Floats, Weather, day_of


class Generation:
    """One inverter's share of its site's generator; its register never runs backwards."""

    def __init__(self, weather: Weather, site: PlannedSite, inverter: PlannedInverter, first_day: date) -> None:
        """``first_day`` is the day from which the register is counted on."""
        self._weather, self._site, self._first_day = weather, site, first_day
        total_w = sum(each.rated_w for each in site.inverters)
        self._share = inverter.rated_w / total_w
        self._before_wh = Random(f"{weather.seed} {inverter.serial}").randint(8_000_000, 60_000_000)

    def power_w(self, at_ms: int) -> float:
        """AC power at an instant."""
        return float(self.series(np.array([at_ms]))[0][0])

    def energy_wh(self, at_ms: int) -> float:
        """The register that counts up, as it stands at an instant."""
        return float(self.series(np.array([at_ms]))[1][0])

    def series(self, at_ms: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Power in W and register in Wh at several instants of one day."""
        today = day_of(int(at_ms[0]))
        day = self._weather.day(self._site, today)
        minute, grid = (at_ms - day.start_ms) / STEP_MS, np.arange(len(day.power_w))
        since_wh = self._earlier_wh(today) + np.interp(minute, grid, day.energy_wh)
        return self._share * np.interp(minute, grid, day.power_w), self._before_wh + self._share * since_wh

    def _earlier_wh(self, today: date) -> float:
        days = (today - self._first_day).days
        return sum(
            float(self._weather.day(self._site, self._first_day + timedelta(days=n)).energy_wh[-1]) for n in range(max(days, 0))
        )
