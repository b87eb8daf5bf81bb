"""Rounding figures that belong together so that what is shown adds up exactly."""

from collections.abc import Sequence
from math import floor


def rounded_together(values: Sequence[float], step: float) -> tuple[tuple[int, ...], int]:
    """Signed values that should add up to nothing, each as a number of steps next to it, and what they still add up to.

    Every value becomes one of its two neighbours (largest remainders go up), so that the sum is 0 wherever neighbours can
    make it so; else it is the true sum, rounded: then the values themselves do not balance.
    """
    exact = [value / step for value in values]
    floors = [floor(value) for value in exact]
    target = 0 if 0 <= -sum(floors) <= len(exact) else round(sum(exact))
    rest = sorted(range(len(exact)), key=lambda place: floors[place] - exact[place])
    raised = set(rest[: target - sum(floors)])
    return tuple(base + (place in raised) for place, base in enumerate(floors)), target


def step_of(values: Sequence[float]) -> tuple[float, float, int, str]:
    """Watts of the last shown digit, watts of the unit, decimals and unit, for powers that are shown side by side."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest >= 999_950.0:
        return 10_000.0, 1_000_000.0, 2, "MW"
    return (100.0, 1_000.0, 1, "kW") if largest >= 995.0 else (10.0, 1_000.0, 2, "kW")
