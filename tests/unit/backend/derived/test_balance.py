"""What flows at a site sums, whatever is measured; and nothing derived is better than its worst part."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.derived.balance import (
    Balance,
    Powers,
    balanced,
    own_consumption_w,
    self_consumption,
    self_sufficiency,
)
from backend.derived.parts import NOTHING_THERE, Part, combined, total
from backend.model.quality import Flag, Quality

WATTS = st.floats(-1e6, 1e6)
QUALITIES = st.sampled_from(list(Quality))
PARTS = st.builds(
    lambda value, quality, flags, at_ms: Part(math.nan if quality.is_bad else value, quality, flags, at_ms),
    WATTS,
    QUALITIES,
    st.integers(0, 255),
    st.integers(0, 2**41),
)
MEASURED = st.builds(Powers, *[st.none() | PARTS for _ in Powers._fields])


def rest(balance: Balance) -> float:
    """Sun + battery + grid - building - cars."""
    return balance.generation.value + balance.battery.value + balance.grid.value - balance.load.value - balance.charging.value


@given(MEASURED)
def test_it_always_sums(measured: Powers) -> None:
    balance = balanced(measured)
    if not any(part.is_absent for part in balance):
        assert rest(balance) == pytest.approx(0.0, abs=1e-6)


@given(MEASURED)
def test_what_is_computed_is_never_better_than_the_worst_part(measured: Powers) -> None:
    balance = balanced(measured)
    for name in Powers._fields:
        part, own = getattr(balance, name), getattr(measured, name)
        others = [getattr(balance, other) for other in Powers._fields if other != name]
        if own is None and sum(each is None for each in measured) == 1:
            assert part.quality == max(each.quality for each in others) or part.is_absent
            assert part.is_absent == any(each.is_absent for each in others)
        elif own is not None and name != "load":
            assert part == own


@given(st.lists(PARTS, min_size=1, max_size=6))
def test_a_sum_has_the_worst_quality_the_newest_time_and_every_flag(parts: list[Part]) -> None:
    found = total(parts)
    assert found.quality == max(part.quality for part in parts)
    assert found.at_ms == max(part.at_ms for part in parts)
    if found.is_absent:
        assert math.isnan(found.value)
    else:
        assert found.value == pytest.approx(sum(part.value for part in parts), abs=1e-6)
        assert all(found.flags & part.flags == part.flags for part in parts)


def test_the_building_follows_from_its_grid_meter() -> None:
    """12 kW of sun, 3 kW into the battery, 2 kW exported, 1.5 kW into cars: 5.5 kW are left for the building."""
    balance = balanced(Powers(Part(12_000), Part(-3_000), Part(-2_000), None, Part(1_500)))
    assert balance.load.value == 5_500


def test_the_grid_follows_from_the_building() -> None:
    balance = balanced(Powers(Part(4_000), NOTHING_THERE, None, Part(9_000), Part(6_000)))
    assert balance.grid.value == 11_000


def test_two_unknown_ones_are_absent_with_a_reason() -> None:
    balance = balanced(Powers(Part(4_000), NOTHING_THERE, None, None, Part(6_000)))
    assert balance.grid.quality == balance.load.quality == Quality.BAD_NOT_SUPPORTED
    assert balance.generation.value == 4_000


def test_all_measured_the_building_is_what_is_left() -> None:
    balance = balanced(Powers(Part(4_000), NOTHING_THERE, Part(1_000), Part(4_700), NOTHING_THERE))
    assert balance.load.value == 5_000


def test_its_own_meter_stands_in_while_a_charger_is_lost() -> None:
    lost = Part.absent(Quality.BAD_NO_COMMUNICATION)
    balance = balanced(Powers(Part(4_000), NOTHING_THERE, Part(1_000), Part(4_700), lost))
    assert balance.load.value == 4_700
    assert balance.charging.is_absent


def test_a_formula_without_a_number_is_absent() -> None:
    found = combined([Part(1.0, at_ms=7)], lambda values: math.nan)
    assert (found.quality, found.at_ms) == (Quality.BAD_NOT_CONNECTED, 7)
    assert combined([Part(1.0, flags=Flag.REPAIRED)], sum).flags == Flag.REPAIRED


@pytest.mark.parametrize(
    ("generation_w", "grid_w", "consumption_w", "own_w", "own_share", "sufficiency"),
    [
        (10_000, -4_000, 6_000, 6_000, 60.0, 100.0),
        (10_000, 2_000, 12_000, 10_000, 100.0, 100 * 10 / 12),
        (0, 8_000, 8_000, 0, math.nan, 0.0),
        (1_000, -3_000, 2_000, 0, 0.0, 100.0),
        (2_000, 9_000, 6_000, 2_000, 100.0, 0.0),
        (49, 0, 49, 49, math.nan, math.nan),
    ],
)
def test_shares(
    generation_w: float, grid_w: float, consumption_w: float, own_w: float, own_share: float, sufficiency: float
) -> None:
    """Fourth row: the battery feeds the grid; fifth: the grid charges it."""
    assert own_consumption_w(generation_w, grid_w) == own_w
    assert float(self_consumption(generation_w, own_w)) == pytest.approx(own_share, nan_ok=True)
    assert float(self_sufficiency(consumption_w, grid_w)) == pytest.approx(sufficiency, nan_ok=True)


@given(st.floats(0, 1e6), WATTS)
def test_shares_lie_between_nothing_and_everything(generation_w: float, grid_w: float) -> None:
    own_w = float(own_consumption_w(generation_w, grid_w))
    assert 0 <= own_w <= generation_w
    share = float(self_consumption(generation_w, own_w))
    assert math.isnan(share) or 0 <= share <= 100


def test_whole_days_are_computed_at_once() -> None:
    own_w = own_consumption_w(np.array([0.0, 10_000.0]), np.array([500.0, -4_000.0]))
    assert own_w.tolist() == [0.0, 6_000.0]
    assert np.isnan(self_consumption(np.array([0.0]), np.array([0.0]))).all()
