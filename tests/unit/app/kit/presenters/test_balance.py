"""Figures that stand side by side add up as they are shown."""

from hypothesis import given
from hypothesis import strategies as st

from app.kit.presenters.balance import rounded_together, step_of

powers = st.lists(st.floats(-5_000_000, 5_000_000), min_size=1, max_size=4)


@given(powers)
def test_balanced_values_add_up_to_nothing_and_stay_next_to_what_they_were(values: list[float]) -> None:
    values = [*values, -sum(values)]
    step = step_of(values)[0]
    steps, rest = rounded_together(values, step)
    assert sum(steps) == rest == 0
    assert all(abs(shown - value / step) <= 1.0 + 1e-6 for shown, value in zip(steps, values, strict=True))


@given(powers)
def test_what_does_not_balance_says_by_how_much(values: list[float]) -> None:
    step = step_of(values)[0]
    steps, rest = rounded_together(values, step)
    assert sum(steps) == rest
    assert rest == 0 or abs(rest - sum(values) / step) <= 0.5 + 1e-6


def test_plain_rounding_would_not_add_up() -> None:
    values = [14_240.0, -1_270.0, -3_040.0, -5_860.0, -4_070.0]
    assert sum(round(value, -2) for value in values) != 0
    steps, rest = rounded_together(values, 100.0)
    assert (sum(steps), rest) == (0, 0)


def test_nothing_stays_nothing() -> None:
    assert rounded_together([0.0, 5_040.0, -5_040.0], 100.0) == ((0, 51, -51), 0) or rounded_together(
        [0.0, 5_040.0, -5_040.0], 100.0
    ) == ((0, 50, -50), 0)


def test_one_unit_for_all() -> None:
    assert step_of([120.0, -80.0]) == (10.0, 1_000.0, 2, "kW")
    assert step_of([12_000.0, -80.0]) == (100.0, 1_000.0, 1, "kW")
    assert step_of([2_300_000.0, -80.0]) == (10_000.0, 1_000_000.0, 2, "MW")
