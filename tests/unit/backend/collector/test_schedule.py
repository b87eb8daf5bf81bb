"""Back-off and the polling grid are pure."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.collector.backoff import CAP_S, delay_s
from backend.collector.schedule import next_slot, phase


@pytest.mark.parametrize(
    ("failures", "low", "high"), [(0, 0, 0), (1, 0.5, 1), (2, 1, 2), (3, 2, 4), (6, 16, 32), (7, 30, 60), (99, 30, 60)]
)
def test_back_off_doubles_up_to_its_cap(failures: int, low: float, high: float) -> None:
    assert delay_s(failures, 0.0) == low
    assert delay_s(failures, 1.0) == high


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_back_off_never_passes_its_cap(failures: int, chance: float) -> None:
    assert 0.5 <= delay_s(failures, chance) <= CAP_S


@given(st.floats(0, 1e6), st.floats(0.05, 3600), st.floats(0, 1e7))
def test_next_slot_lies_within_one_period(origin: float, period: float, passed: float) -> None:
    now = origin + passed
    slot = next_slot(origin, period, now)
    assert now < slot <= now + period * 1.000001 + 1e-6


def test_slots_do_not_drift_and_missed_ones_are_left_out() -> None:
    assert next_slot(0.5, 5.0, 0.5) == 5.5
    assert next_slot(0.5, 5.0, 5.6) == 10.5
    assert next_slot(0.5, 5.0, 31.0) == 35.5


def test_devices_are_spread_over_the_period() -> None:
    phases = sorted(phase(f"site/pcs{number}") for number in range(200))
    gaps = [b - a for a, b in pairwise(phases)]
    assert max(gaps) < 0.05
    assert phase("site/pcs1") == phase("site/pcs1")
