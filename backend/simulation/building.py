"""What the building of a school consumes over a day, and what its battery does about it: pure functions of the day."""

from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TAU: Final = 2 * np.pi
_SCHOOL_DAYS, _WEEK = 5, 7
_COMFORT_C: Final = 20.0


@dataclass(frozen=True, slots=True)
class PlannedStorage:
    """A battery on paper."""

    key: str
    serial: str
    capacity_wh: float
    most_w: float
    """Charging and discharging."""
    least: float = 0.2
    """Share of the capacity that is kept for an outage."""
    full: float = 0.95


def consumption_w(seed: int, number: int, ambient_c: Floats, scale_w: float) -> Floats:
    """Consumption in W at each minute of the day of this number, counted from the day on which the demo begins.

    At night what never stops; from half past seven light and lessons; the kitchen cooks until noon; heating and cooling cost
    the more the further the air is from 20 degrees C. Two days of seven nobody comes.
    ``scale_w`` is what an ordinary lesson takes.
    """
    hour = np.arange(len(ambient_c)) / 60.0
    chance = Random(f"{seed} building {number}")
    lessons = _between(hour, 7.6, 16.2, 0.5)
    kitchen = _between(hour, 9.3, 12.6, 0.4)
    clubs = 0.35 * _between(hour, 16.2, 18.6, 0.4)
    climate = 0.05 * np.abs(ambient_c - _COMFORT_C) * lessons
    used = lessons + 0.55 * kitchen + clubs + climate if number % _WEEK < _SCHOOL_DAYS else 0.12 * lessons
    ripple = sum(
        chance.uniform(0.01, 0.025) * np.sin(_TAU * (hour * chance.uniform(0.7, 6.0) + chance.random())) for _ in range(5)
    )
    return np.asarray(scale_w * (0.42 + used) * (1.0 + ripple), np.float64)


def run_battery(planned: PlannedStorage, start_wh: float, surplus_w: Floats) -> tuple[Floats, Floats]:
    """Power (+ discharge, W) and content (Wh) at each minute: it takes what is left over and gives what is missing."""
    power, content = np.zeros(len(surplus_w)), np.zeros(len(surplus_w))
    least_wh, full_wh = planned.least * planned.capacity_wh, planned.full * planned.capacity_wh
    held_wh = start_wh
    for minute, surplus in enumerate(surplus_w.tolist()):
        content[minute] = held_wh
        charge = min(surplus, planned.most_w, (full_wh - held_wh) * 60) if surplus > 0 else 0.0
        discharge = min(-surplus, planned.most_w, (held_wh - least_wh) * 60) if surplus < 0 else 0.0
        power[minute] = max(discharge, 0.0) - max(charge, 0.0)
        held_wh -= power[minute] / 60
    return power, content


def _between(hour: Floats, first: float, last: float, ramp_h: float) -> Floats:
    """1 between two hours of the day, 0 elsewhere, with soft edges."""
    rise = 1 / (1 + np.exp(-(hour - first) * 6 / ramp_h))
    return rise / (1 + np.exp((hour - last) * 6 / ramp_h))
