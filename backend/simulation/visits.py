"""The timetable of cars at a charger of the town, by seed."""

from datetime import date, timedelta
from random import Random

from backend.model.sun import day_bounds_ms
from backend.simulation.charging import Visit
from backend.simulation.plan import TIMEZONE, PlannedCharger

_MINUTE_MS = 60_000
_QUICK_FROM_W = 20_000
_SHOWN_BY = "AOBA-CP-03"
"""At this charger a car has been charging for 17 minutes when a demo begins at half past ten."""


def timetable(charger: PlannedCharger, seed: int, first_day: date, days: int) -> list[Visit]:
    """Every car of so many days, by time; the same whatever date the first day has."""
    visits: list[Visit] = []
    for number in range(days):
        midnight_ms, end_ms = day_bounds_ms(first_day + timedelta(days=number), TIMEZONE)
        visits += _of_day(charger, Random(f"{seed} visits {charger.identity} {number}"), midnight_ms, end_ms)
    return visits


def _of_day(charger: PlannedCharger, chance: Random, midnight_ms: int, end_ms: int) -> list[Visit]:
    visits = [_morning_guest(charger, midnight_ms)] if charger.identity == _SHOWN_BY else []
    at_ms = visits[-1].leave_ms if visits else midnight_ms + round(chance.uniform(7.0, 11.0) * 60) * _MINUTE_MS
    while (visit := _visit(charger, chance, at_ms)).leave_ms < end_ms - 90 * _MINUTE_MS:
        visits.append(visit)
        at_ms = visit.leave_ms
    return visits


def _morning_guest(charger: PlannedCharger, midnight_ms: int) -> Visit:
    return Visit(1, midnight_ms + (10 * 60 + 13) * _MINUTE_MS, midnight_ms + (10 * 60 + 52) * _MINUTE_MS, 38_200, 62_000, 0.18)


def _visit(charger: PlannedCharger, chance: Random, after_ms: int) -> Visit:
    max_w = charger.plug.max_w or 3_000.0
    quick = max_w >= _QUICK_FROM_W
    arrive_ms = after_ms + round((chance.uniform(12, 70) if quick else chance.uniform(30, 140)) * _MINUTE_MS)
    stay_ms = round((chance.uniform(17, 38) if quick else chance.uniform(60, 190)) * _MINUTE_MS)
    peak_w = round(max_w * (chance.uniform(0.6, 0.88) if quick else chance.uniform(0.93, 0.99)), -2)
    battery_wh = chance.choice((40_000.0, 52_000.0, 62_000.0, 66_000.0))
    return Visit(1, arrive_ms, arrive_ms + stay_ms, peak_w, battery_wh, round(chance.uniform(0.12, 0.55), 2))
