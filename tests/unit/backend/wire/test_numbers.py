"""What is packed comes back bit for bit, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from backend.wire.numbers import Damaged, Packer, Unpacker

INTS = nps.arrays(np.int64, st.integers(0, 40), elements=st.integers(-(2**61), 2**61))
FLOATS = nps.arrays(np.float64, st.integers(0, 40), elements=st.floats(allow_nan=True, allow_infinity=True))
DECIMALS = st.lists(st.integers(-10_000_000, 10_000_000).map(lambda n: n / 10), max_size=40).map(
    lambda values: np.array(values, np.float64)
)


@given(INTS, st.booleans())
def test_whole_numbers_come_back(values: np.ndarray, deltas: bool) -> None:
    packer = Packer()
    packer.ints(values, deltas=deltas)
    np.testing.assert_array_equal(Unpacker(packer.bytes()).ints(len(values)), values)


@given(FLOATS, st.integers(0, 6), st.booleans())
def test_any_value_comes_back(values: np.ndarray, digits: int, deltas: bool) -> None:
    packer = Packer()
    packer.values(values, digits, deltas=deltas)
    np.testing.assert_array_equal(Unpacker(packer.bytes()).values(len(values), digits), values)


@given(DECIMALS)
def test_decimals_of_mixed_digits_come_back(values: np.ndarray) -> None:
    digits = np.arange(len(values), dtype=np.int64) % 4
    packer = Packer()
    packer.values(values, digits)
    np.testing.assert_array_equal(Unpacker(packer.bytes()).values(len(values), digits), values)


def test_decimals_within_their_digits_are_small() -> None:
    values = np.round(np.linspace(100, 125, 1000), 1)
    packer = Packer()
    packer.values(values, 1)
    assert len(packer.bytes()) < 1100


def test_absent_values_and_raw_ones_mix() -> None:
    values = np.array([1.5, np.nan, 1 / 3, np.inf, -7.0, np.nan])
    packer = Packer()
    packer.values(values, 1)
    np.testing.assert_array_equal(Unpacker(packer.bytes()).values(6, 1), values)


def test_short_bytes_are_damage() -> None:
    packer = Packer()
    packer.ints(np.arange(100, dtype=np.int64) ** 3)
    with pytest.raises(Damaged):
        Unpacker(packer.bytes()[:-1]).ints(100)
