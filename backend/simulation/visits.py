"""The timetable of cars at a charger of the town, by seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from backend.model.sun import day_bounds_ms
from backend.simulation.charging import Visit
from backend.simulation.plan import TIMEZONE, PlannedCharger, PlannedSite

_MINUTE_MS: Final = 60_000
_QUICK_FROM_W: Final = 20_000
_DIFFER: Final = 0.04
"""Seeds make the opening this much earlier or later, as a share."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """The first car of a performance."""

    after_min: float
    """Arrives so long after the beginning; below 0 it is there already."""
    stay_min: float
    share: float
    """Of the charger's power."""
    battery_wh: float
    start_soc: float


_OPENINGS: Final[Mapping[str, _Opening]] = {
    "AOBA-CP-01": _Opening(-150.0, 240.0, 0.97, 40_000, 0.93),
    "AOBA-CP-02": _Opening(1.5, 24.0, 0.72, 40_000, 0.31),
    "AOBA-CP-03": _Opening(-17.5, 39.0, 0.764, 62_000, 0.18),
    "AOBA-CP-04": _Opening(5.0, 110.0, 0.95, 40_000, 0.44),
    "AOBA-CP-05": _Opening(11.0, 26.0, 0.81, 66_000, 0.22),
    "AOBA-CP-06": _Opening(-24.0, 27.0, 0.66, 52_000, 0.27),
}
"""At the beginning three are free, two charge and one is full; in the first minutes one comes and another goes."""


def timetable(charger: PlannedCharger, seed: int, first_day: date, days: int, opening_ms: int) -> list[Visit]:
    """Every car of so many days, by time; on the first day from the opening on."""
    first = _first_visit(charger, seed, opening_ms)
    visits = [first] if first is not None else []
    for number in range(days):
        after_ms = first.leave_ms if first is not None and number == 0 else None
        visits += _of_day(charger, seed, first_day + timedelta(days=number), after_ms)
    return visits


def cars_of(site: PlannedSite, seed: int, first_day: date, days: int, opening_ms: int) -> list[Visit]:
    """The cars of all chargers of a site."""
    return [visit for charger in site.chargers for visit in timetable(charger, seed, first_day, days, opening_ms)]


def _first_visit(charger: PlannedCharger, seed: int, opening_ms: int) -> Visit | None:
    opening = _OPENINGS.get(charger.identity)
    if opening is None:
        return None
    chance = Random(f"{seed} opening {charger.identity}")
    arrive_ms = opening_ms + round(opening.after_min * chance.uniform(1 - _DIFFER, 1 + _DIFFER) * _MINUTE_MS)
    leave_ms = arrive_ms + round(opening.stay_min * _MINUTE_MS)
    return Visit(1, arrive_ms, leave_ms, _power_w(charger, opening.share), opening.battery_wh, opening.start_soc)


def _of_day(charger: PlannedCharger, seed: int, day: date, after_ms: int | None) -> list[Visit]:
    chance = Random(f"{seed} visits {charger.identity} {day}")
    midnight_ms, end_ms = day_bounds_ms(day, TIMEZONE)
    morning_ms = midnight_ms + round(chance.uniform(7.0, 11.0) * 60) * _MINUTE_MS
    at_ms = morning_ms if after_ms is None else after_ms
    visits: list[Visit] = []
    while (visit := _visit(charger, chance, at_ms)).leave_ms < end_ms - 90 * _MINUTE_MS:
        visits.append(visit)
        at_ms = visit.leave_ms
    return visits


def _visit(charger: PlannedCharger, chance: Random, after_ms: int) -> Visit:
    quick = is_quick(charger)
    arrive_ms = after_ms + round((chance.uniform(12, 70) if quick else chance.uniform(30, 140)) * _MINUTE_MS)
    stay_ms = round((chance.uniform(17, 38) if quick else chance.uniform(60, 190)) * _MINUTE_MS)
    power_w = _power_w(charger, chance.uniform(0.6, 0.88) if quick else chance.uniform(0.93, 0.99))
    battery_wh = chance.choice((40_000.0, 52_000.0, 62_000.0, 66_000.0))
    return Visit(1, arrive_ms, arrive_ms + stay_ms, power_w, battery_wh, round(chance.uniform(0.12, 0.55), 2))


def is_quick(charger: PlannedCharger) -> bool:
    """Whether it gives direct current."""
    return (charger.plug.max_w or 0.0) >= _QUICK_FROM_W


def _power_w(charger: PlannedCharger, share: float) -> float:
    return round((charger.plug.max_w or 3_000.0) * share, -2)
