"""Registers of the town's inverters agree with each other as in a real grid."""

import math

import pytest

from backend.simulation.roof import grid_side


@pytest.mark.parametrize(("power_w", "split", "phases"), [(9_800.0, True, 2), (25_000.0, False, 3), (0.0, False, 3)])
def test_volts_times_amperes_are_watts(power_w: float, split: bool, phases: int) -> None:
    values = grid_side(power_w, split)
    currents = [value for name, value in values.items() if name.startswith("Aph")]
    volts = [value for name, value in values.items() if name.startswith("PhVph")]
    assert len(currents) == len(volts) == phases
    assert sum(v * a for v, a in zip(volts, currents, strict=True)) == pytest.approx(power_w)
    assert values["A"] == pytest.approx(sum(currents))
    assert values["PPVphAB"] == pytest.approx(volts[0] * (2 if split else math.sqrt(3)))
    assert round(volts[0]) == (101 if split else 117)
