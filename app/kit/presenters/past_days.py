"""Sums over days and months of a site's history, and what of them is known."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isnan

import numpy as np

from app.kit.bridge.snapshot import SiteDay, SiteHistory

_WHOLE_MONTH = 0.9
"""A month of which this share of days is known in full counts as known."""
_COMPARABLE = 0.5
"""Last year is compared with where this share of the days is known in both years."""


class Known(StrEnum):
    """What is known of a day or a month."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"
    """There should be something, and nothing is known: never 0."""
    RUNNING = "running"
    AHEAD = "ahead"
    """It has not come yet."""
    BEFORE = "before"
    """Nothing was ever measured up to then."""


@dataclass(frozen=True, slots=True)
class Amount:
    """The energy of a day or a month."""

    known: Known
    energy_wh: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """This year beside last year over the days that are known in both."""

    days: int
    """That are known in full in both years."""
    of_days: int
    """That are over this year."""
    ratio: float | None
    """This year's energy over last year's; None where too little is known."""


class Days:
    """Two years of days, up to today."""

    def __init__(self, history: SiteHistory | None, today: date, running: SiteDay | None) -> None:
        self._history, self.today, self._running = history, today, running

    def day(self, day: date) -> Amount:
        """One day."""
        if day > self.today:
            return Amount(Known.AHEAD)
        if day == self.today:
            return Amount(Known.RUNNING, self._running.energy_wh if self._running else None)
        place = self._place(day)
        if self._history is None or place is None:
            return Amount(Known.BEFORE)
        energy = float(self._history.energy_wh[place])
        if isnan(energy):
            return Amount(Known.NONE if self._begun(place) else Known.BEFORE)
        return Amount(Known.WHOLE if self._history.complete[place] else Known.PART, energy)

    def year_before(self, day: date) -> Amount:
        """The same date a year earlier; nothing for 29 February."""
        if (day.month, day.day) == (2, 29):
            return Amount(Known.BEFORE)
        return self.day(day.replace(year=day.year - 1))

    def days(self, year: int, month: int) -> list[Amount]:
        """Every day of a month."""
        return [self.day(date(year, month, number)) for number in range(1, monthrange(year, month)[1] + 1)]

    def month(self, year: int, month: int) -> Amount:
        """The sum of a month."""
        days = self.days(year, month)
        if all(day.known is Known.AHEAD for day in days):
            return Amount(Known.AHEAD)
        known = [day.energy_wh for day in days if day.energy_wh is not None]
        running = (year, month) == (self.today.year, self.today.month)
        if not known:
            silent = all(day.known is Known.BEFORE for day in days)
            return Amount(Known.RUNNING if running else Known.BEFORE if silent else Known.NONE)
        whole = sum(day.known is Known.WHOLE for day in days) >= _WHOLE_MONTH * len(days)
        return Amount(Known.RUNNING if running else Known.WHOLE if whole else Known.PART, sum(known))

    def compare(self, since: date) -> Comparison:
        """The days from ``since`` to yesterday with the same dates of last year."""
        mine = [date.fromordinal(number) for number in range(since.toordinal(), self.today.toordinal())]
        pairs = [(self.day(day), self.year_before(day)) for day in mine]
        both = [(now, then) for now, then in pairs if now.known is then.known is Known.WHOLE]
        now_wh, then_wh = (sum(pair[side].energy_wh or 0.0 for pair in both) for side in (0, 1))
        enough = bool(both) and len(both) >= _COMPARABLE * len(mine) and then_wh > 0
        return Comparison(len(both), len(mine), now_wh / then_wh if enough else None)

    def _place(self, day: date) -> int | None:
        if self._history is None:
            return None
        place = (day - self._history.first).days
        return place if 0 <= place < len(self._history.energy_wh) else None

    def _begun(self, place: int) -> bool:
        history = self._history
        return history is not None and not bool(np.isnan(history.energy_wh[:place]).all())


def total_wh(amounts: Sequence[Amount]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [amount.energy_wh for amount in amounts if amount.energy_wh is not None]
    return sum(known) if known else None
