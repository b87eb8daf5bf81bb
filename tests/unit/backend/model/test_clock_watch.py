"""When a clock may be trusted."""

import pytest

from backend.model.clock import ClockQuality, SystemClock
from backend.model.clock_watch import ClockWatch
from tests.support.clock import FakeClock

UNKNOWN, SYNCHRONISED, SUSPECT = ClockQuality.UNKNOWN, ClockQuality.SYNCHRONISED, ClockQuality.SUSPECT


def test_nobody_vouches_and_nothing_speaks_against_it() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.advance(3600)
    assert watch.quality() is UNKNOWN


@pytest.mark.parametrize("jump_s", [-3600, -1, 1, 315_576_000])
def test_who_jumped_stays_suspect_until_somebody_vouches(jump_s: float) -> None:
    clock, vouched = FakeClock(), False
    watch = ClockWatch(clock, lambda: vouched)
    clock.jump(jump_s)
    assert watch.quality() is SUSPECT
    clock.advance(2)
    assert watch.quality() is SUSPECT
    vouched = True
    assert watch.quality() is SYNCHRONISED
    vouched = False
    assert watch.quality() is UNKNOWN


def test_a_batch_over_which_a_kept_clock_was_set_is_suspect() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock, lambda: True)
    assert watch.quality() is SYNCHRONISED
    clock.jump(-2)
    assert [watch.quality(), watch.quality()] == [SUSPECT, SYNCHRONISED]


def test_a_clock_that_is_slewed_for_a_day_did_not_jump() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.advance(86_400)
    clock.jump(86_400 * 0.0005)
    assert watch.quality() is UNKNOWN


def test_the_kernel_answers_for_the_machine_s_own_clock() -> None:
    assert ClockWatch(SystemClock()).quality() in (UNKNOWN, SYNCHRONISED)
