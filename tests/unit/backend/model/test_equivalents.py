"""What energy may be compared with, and when a reduction may be claimed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.equivalents import equivalents, significant
from backend.model.site import Co2Wording, Factor, Factors

CO2 = Factor(0.423, "kg-CO2/kWh", "2024", {"en": "Ministry of the Environment"}, kind="adjusted")
CEDAR = Factor(8.8, "kg-CO2/year", "2024", {"en": "Forestry Agency"})
HOUSEHOLD = Factor(11.0, "kWh/day", "2023", {"en": "Ministry of the Environment"})
ALL = Factors(CO2, CEDAR, HOUSEHOLD)


def test_own_use_is_told_as_a_reduction_with_its_factors() -> None:
    result = equivalents(52_600.0, ALL, Co2Wording.SELF_USE)
    assert result.co2 is not None
    assert result.cedars is not None
    assert result.households is not None
    assert (result.co2.value, result.co2.factor) == (22.2, CO2)
    assert (result.cedars.value, result.cedars.factor) == (2.5, CEDAR)
    assert (result.households.value, result.households.factor) == (4.8, HOUSEHOLD)
    assert str(result.cedars.words) == "As much as 2.5 cedars absorb in a year"
    assert result.title is None


@pytest.mark.parametrize("wording", [Co2Wording.FIT, Co2Wording.FIP, Co2Wording.CREDITS_SOLD])
def test_power_whose_value_is_sold_makes_no_claim(wording: Co2Wording) -> None:
    result = equivalents(52_600.0, ALL, wording)
    assert result.co2 is None
    assert result.cedars is None
    assert result.households is not None
    assert result.title is not None
    assert result.note is not None
    words = f"{result.title} {result.note} {result.households.words}".lower()
    assert not any(claim in words for claim in ("co2", "clean", "green", "avoided", "zero"))


def test_power_sold_at_a_tariff_is_sent_to_the_grid_but_credits_leave_it_in_the_house() -> None:
    assert str(equivalents(1.0, ALL, Co2Wording.FIT).title) == "Sent to the grid"
    assert str(equivalents(1.0, ALL, Co2Wording.CREDITS_SOLD).title) == "Made here"


def test_what_has_no_factor_is_not_given() -> None:
    nothing = equivalents(1000.0, Factors(), Co2Wording.SELF_USE)
    assert (nothing.co2, nothing.cedars, nothing.households) == (None, None, None)
    no_co2 = equivalents(1000.0, Factors(None, CEDAR, HOUSEHOLD), Co2Wording.SELF_USE)
    assert no_co2.cedars is None
    assert no_co2.households is not None
    broken = Factors(CO2, Factor(0.0, "", "", {}), Factor(0.0, "", "", {}))
    assert equivalents(1000.0, broken, Co2Wording.SELF_USE).cedars is None


@pytest.mark.parametrize("energy_wh", [None, float("nan"), -5.0])
def test_unknown_energy_stands_for_nothing_and_never_for_zero(energy_wh: float | None) -> None:
    result = equivalents(energy_wh, ALL, Co2Wording.SELF_USE)
    assert (result.co2, result.cedars, result.households) == (None, None, None)


def test_a_real_zero_is_zero() -> None:
    result = equivalents(0.0, ALL, Co2Wording.SELF_USE)
    assert result.co2 is not None
    assert result.co2.value == 0


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(0.0, 2, 0.0), (2.5284, 2, 2.5), (0.0149, 2, 0.015), (12_345.0, 2, 12_000.0), (9.96, 2, 10.0), (-3.14, 2, -3.1)],
)
def test_significant_digits(value: float, digits: int, expected: float) -> None:
    assert significant(value, digits) == pytest.approx(expected)


@given(st.floats(1e-6, 1e12), st.integers(1, 4))
def test_rounding_moves_by_half_a_digit_at_most(value: float, digits: int) -> None:
    assert significant(value, digits) == pytest.approx(value, rel=0.5 * 10 ** (1 - digits) + 1e-9)
