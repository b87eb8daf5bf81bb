"""Waits grow to a minute, are all chance, and never end before the parent said."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from backend.sync.backoff import CAP_S, delay_s


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 3600))
def test_a_wait_lies_between_what_the_parent_said_and_a_minute_more(failures: int, chance: float, said: float) -> None:
    assert said <= delay_s(failures, chance, said) <= said + CAP_S


def test_waits_double_up_to_the_cap() -> None:
    assert [delay_s(failures, 1.0) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_hundred_children_come_back_over_half_a_minute() -> None:
    """All are cut at once for five minutes; nobody knows when the line is back."""
    chance = Random(1)
    back = []
    for _ in range(100):
        now, failures = 0.0, 0
        while now < 300.0:
            failures += 1
            now += delay_s(failures, chance.random())
        back.append(now)
    assert max(back) - min(back) >= 30
    busiest = max(sum(1 for other in back if each <= other < each + 1) for each in back)
    assert busiest <= 10
    assert max(back) <= 300 + CAP_S
