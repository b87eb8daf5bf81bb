"""Unpacked together, packs give what each gives alone, whatever its numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wire.numbers import Damaged, Packer
from backend.wire.several import SeveralUnpacker

FRONT = b"ab"
SPREADS = st.sampled_from([0, 1, 200, 60_000, 2**31, 2**60])


@st.composite
def columns(draw: st.DrawFn) -> list[np.ndarray]:
    """As many numbers in each, some narrow, some wide."""
    count = draw(st.integers(1, 30))
    chance = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    middles = st.integers(-(2**60), 2**60)
    drawn = draw(st.lists(st.tuples(SPREADS, middles), min_size=1, max_size=8))
    return [middle + chance.integers(0, spread + 1, count) for spread, middle in drawn]


def packed(values: np.ndarray, deltas: bool) -> bytes:
    packer = Packer([FRONT])
    packer.ints(values, deltas=deltas)
    packer.ints(values[::-1].copy())
    return packer.bytes()


@given(columns(), st.booleans())
def test_several_packs_come_back_one_after_the_other(several: list[np.ndarray], deltas: bool) -> None:
    unpacker = SeveralUnpacker([packed(values, deltas) for values in several], len(FRONT), len(several[0]))
    np.testing.assert_array_equal(unpacker.ints(), several)
    np.testing.assert_array_equal(unpacker.ints(), [values[::-1] for values in several])


def test_one_that_is_cut_short_is_damage() -> None:
    whole = packed(np.arange(50) ** 3, False)
    with pytest.raises(Damaged):
        SeveralUnpacker([whole, whole[:40]], len(FRONT), 50).ints()
    with pytest.raises(Damaged):
        SeveralUnpacker([whole, whole[:5]], len(FRONT), 50).ints()


@pytest.mark.parametrize("head", [b"\x02\x01", b"\x00\x03", b"\xff\xff"])
def test_an_unknown_form_is_damage(head: bytes) -> None:
    whole = packed(np.arange(50), False)
    with pytest.raises(Damaged):
        SeveralUnpacker([whole, FRONT + head + whole[4:]], len(FRONT), 50).ints()
