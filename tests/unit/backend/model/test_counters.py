"""Counters: what each mishap of a register does to its energy, and that folding in pieces changes nothing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from backend.model.counters import CounterRules, CounterState, Differences, difference, rules_for
from backend.model.device import ConnectorPlate, Device, DeviceKind
from backend.model.event import EventKind
from backend.model.point import PointKind, PointSpec, Unit

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
POLLED = CounterRules(interval_ms=5 * SECOND)
RATED = CounterRules(interval_ms=5 * SECOND, max_rate=40_000.0)


def fold(
    rules: CounterRules, *readings: tuple[int, float], state: CounterState | None = None, replaced_ms: tuple[int, ...] = ()
) -> Differences:
    at_ms = np.array([at for at, _ in readings], np.int64)
    value = np.array([value for _, value in readings], np.float64)
    return difference(state or CounterState(), rules, at_ms, value, np.ones(len(at_ms), np.bool_), replaced_ms)


def series(*values: float, start_ms: int = 0, step_ms: int = 5 * SECOND) -> tuple[tuple[int, float], ...]:
    return tuple((start_ms + i * step_ms, value) for i, value in enumerate(values))


def kinds(result: Differences) -> list[EventKind]:
    return [finding.kind for finding in result.findings]


def test_a_counting_register_gives_its_growth() -> None:
    result = fold(POLLED, *series(100, 107, 107, 120))
    assert result.energy.tolist() == [7, 0, 13]
    assert result.from_ms.tolist() == [0, 5000, 10_000]
    assert result.to_ms.tolist() == [5000, 10_000, 15_000]
    assert not result.recovered.any()
    assert result.findings == ()
    assert result.state == CounterState(15_000, 120.0)


def test_the_first_value_ever_gives_no_energy() -> None:
    result = fold(POLLED, (0, 8_000_000.0))
    assert len(result.energy) == 0
    assert result.state.value == 8_000_000.0


def test_a_register_read_on_the_hour_speaks_of_the_hour_before() -> None:
    result = fold(CounterRules(30 * MINUTE), (11 * HOUR + 30 * MINUTE, 10.0), (12 * HOUR, 14.0))
    assert (result.booked_ms // HOUR).tolist() == [11]


def test_absent_and_doubtful_values_are_passed_over() -> None:
    at_ms = np.arange(5, dtype=np.int64) * 5000
    value = np.array([100.0, np.nan, 9_999_999.0, np.inf, 108.0])
    good = np.array([True, True, False, True, True])
    result = difference(CounterState(), POLLED, at_ms, value, good)
    assert result.energy.tolist() == [8]
    assert result.findings == ()


def test_a_rollover_adds_the_modulus() -> None:
    rules = replace(POLLED, modulus=2.0**32)
    result = fold(rules, *series(2**32 - 10, 2**32 - 4, 3, 9))
    assert result.energy.sum() == 19
    assert kinds(result) == [EventKind.COUNTER_ROLLOVER]


def test_a_dip_just_before_a_rollover_is_still_a_rollover() -> None:
    rules = replace(POLLED, modulus=1_000_000.0)
    result = fold(rules, *series(999_990, 999_995, 999_991, 4, 10))
    assert result.energy.sum() == 20
    assert kinds(result) == [EventKind.COUNTER_ROLLOVER]


def test_a_reading_out_of_order_just_after_a_rollover_is_a_dip() -> None:
    rules = replace(POLLED, modulus=1_000_000.0)
    result = fold(rules, *series(999_998, 2, 6, 999_999, 8))
    assert result.energy.sum() == 10
    assert kinds(result) == [EventKind.COUNTER_ROLLOVER, EventKind.COUNTER_DIP]


def test_a_reset_starts_a_new_cycle_from_zero() -> None:
    result = fold(POLLED, *series(50_000, 50_010, 2, 5, 9))
    assert result.energy.sum() == 10 + 9
    assert kinds(result) == [EventKind.COUNTER_RESET]
    assert result.findings[0].before == 50_010


def test_a_reset_of_a_counter_with_a_modulus_is_no_rollover() -> None:
    rules = replace(RATED, modulus=2.0**32)
    assert kinds(fold(rules, *series(2_000_000, 0, 5, 9))) == [EventKind.COUNTER_RESET]
    assert fold(rules, *series(4_000_000_000, 0, 5, 9)).energy.sum() == 9


def test_a_reset_far_from_the_modulus_of_a_short_counter_is_no_rollover() -> None:
    rules = replace(RATED, modulus=100_000.0)
    result = fold(rules, *series(60_000, 0, 5, 9))
    assert kinds(result) == [EventKind.COUNTER_RESET]
    assert result.energy.sum() == 9


def test_a_wrong_zero_never_becomes_a_lifetime_total() -> None:
    result = fold(POLLED, *series(50_000, 50_010, 0, 0, 50_020, 50_030))
    assert result.energy.sum() == 30
    assert kinds(result) == [EventKind.COUNTER_DIP]


def test_a_wrong_zero_and_a_half_read_value_never_become_a_lifetime_total() -> None:
    assert fold(POLLED, *series(50_000, 0, 49_990, 50_020)).energy.sum() == 20


def test_a_small_dip_credits_nothing_until_the_counter_is_back() -> None:
    result = fold(POLLED, *series(1000, 1010, 1004, 1006, 1015))
    assert result.energy.tolist() == [10, 5]
    assert result.to_ms.tolist() == [5000, 20_000]
    assert kinds(result) == [EventKind.COUNTER_DIP]
    assert result.findings[0].explained


def test_noise_is_not_told_unless_it_lasts() -> None:
    assert kinds(fold(POLLED, *series(100_000, 99_999, 100_001))) == []
    lasting = ((0, 100_000.0), (5000, 99_999.0), (2 * MINUTE, 100_001.0))
    assert kinds(fold(POLLED, *lasting)) == [EventKind.COUNTER_DIP]


def test_a_counter_restored_from_an_older_value_counts_on_without_crediting_the_step() -> None:
    values = [10_000 - 60 + 2 * i for i in range(30)]
    result = fold(POLLED, (0, 9_990.0), (MINUTE, 10_000.0), *series(*values, start_ms=2 * MINUTE, step_ms=MINUTE))
    assert result.energy.sum() == 10 + 2 * 29
    assert kinds(result) == [EventKind.COUNTER_DIP]
    assert not result.findings[0].explained


@pytest.mark.parametrize("first", [12.0, 91_000.0, 50_010.0])
def test_nothing_is_differenced_across_a_replacement(first: float) -> None:
    result = fold(POLLED, *series(50_000, 50_010, first, first + 4), replaced_ms=(7000,))
    assert result.energy.tolist() == [10, 4]
    assert kinds(result) == [EventKind.COUNTER_REPLACED]


def test_a_replacement_waits_for_the_first_reading_of_the_new_meter() -> None:
    before = fold(POLLED, *series(100, 110), replaced_ms=(8000,))
    nothing = fold(POLLED, state=before.state)
    after = fold(POLLED, (20_000, 700.0), (25_000, 702.0), state=nothing.state)
    assert after.energy.tolist() == [2]
    assert kinds(after) == [EventKind.COUNTER_REPLACED]
    assert fold(POLLED, (30_000, 705.0), state=after.state, replaced_ms=(8000,)).energy.tolist() == [3]


def test_a_meter_that_reads_higher_is_not_believed_at_once_where_the_rate_is_known() -> None:
    higher = [9_000_000.0 + i for i in range(20)]
    result = fold(RATED, *series(1000, 1010), *series(*higher, start_ms=MINUTE, step_ms=MINUTE))
    assert result.energy.sum() == 10 + 19
    assert kinds(result)[-1] == EventKind.COUNTER_REPLACED
    assert not result.findings[-1].explained


def test_a_single_spike_leaves_no_trace_in_the_energy() -> None:
    result = fold(RATED, *series(1000, 1010, 9_000_000, 1020))
    assert result.energy.sum() == 20
    assert kinds(result) == [EventKind.COUNTER_DIP]


def test_energy_over_missing_intervals_is_gap_energy() -> None:
    result = fold(POLLED, *series(100, 110), *series(4110, 4120, start_ms=3 * HOUR))
    assert result.energy.tolist() == [10, 4000, 10]
    assert result.recovered.tolist() == [False, True, False]
    assert kinds(result) == [EventKind.COUNTER_GAP]
    assert result.findings[0].energy == 4000


def test_silence_without_growth_is_no_gap_energy() -> None:
    result = fold(POLLED, (0, 100.0), (8 * HOUR, 100.0), (8 * HOUR + 5000, 101.0))
    assert not result.recovered.any()
    assert result.findings == ()


def test_findings_become_events() -> None:
    event = fold(POLLED, *series(50_000, 2, 5)).findings[0].event("school/pv/ac_energy")
    assert event.kind is EventKind.COUNTER_RESET
    assert event.subject == "school/pv/ac_energy"
    assert event.data == {"from_ms": 0, "before": 50_000.0, "after": 5.0, "energy": 5.0, "explained": True}


def test_rules_know_the_power_of_the_connector_or_the_device() -> None:
    charger = Device(
        "s/c", "s", DeviceKind.CHARGER, {}, "ocpp://c", 60.0, 90_000.0, connectors=(ConnectorPlate(2, "CHAdeMO", 50_000.0),)
    )
    spec = PointSpec("connector2.energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, modulus=1e6)
    assert rules_for(charger, spec) == CounterRules(60_000, 1e6, 100_000.0)
    assert rules_for(charger, replace(spec, name="connector1.energy")).max_rate == 180_000.0
    assert rules_for(replace(charger, rated_w=None, connectors=()), spec, 900.0) == CounterRules(900_000, 1e6, None)


MISHAPS = st.sampled_from(
    ["count", "count", "count", "count", "rest", "absent", "bad", "dip", "zero", "wrap", "reset", "spike", "gap", "swap"]
)


def story(
    events: list[str], modulus: float, count: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], tuple[int, ...]]:
    """A register's readings by a list of what happens to it."""
    at, rows, swaps = 0, [], []
    for event in events:
        at += 5000 if event != "gap" else 2 * HOUR
        count += {"count": 7.0, "gap": 900.0, "wrap": modulus / 3}.get(event, 0.0)
        count = 0.0 if event == "reset" else (count * 3 + 5 if event == "swap" else count) % modulus
        if event == "swap":
            swaps.append(at - 1)
        shown = {"absent": np.nan, "dip": count * 0.97, "zero": 0.0, "spike": count * 9 + 1e6}.get(event, count)
        rows.append((at, shown, event != "bad"))
    at_ms, value, good = zip(*rows, strict=True)
    return np.array(at_ms, np.int64), np.array(value, np.float64), np.array(good), tuple(swaps)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(MISHAPS, min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=8),
    st.sampled_from([None, 40_000.0]),
    st.sampled_from([None, 1e6]),
)
def test_folding_in_pieces_gives_the_same_as_in_one_go(
    events: list[str], cuts: list[int], max_rate: float | None, modulus: float | None
) -> None:
    rules = CounterRules(5000, modulus, max_rate)
    at_ms, value, good, replaced_ms = story(events, modulus or 1e6, 999_960.0)
    whole = difference(CounterState(), rules, at_ms, value, good, replaced_ms)
    state, parts = CounterState(), []
    edges = sorted({0, len(at_ms), *(cut for cut in cuts if cut < len(at_ms))})
    for start, stop in pairwise(edges):
        part = difference(state, rules, at_ms[start:stop], value[start:stop], good[start:stop], replaced_ms)
        state = part.state
        parts.append(part)
    assert state == whole.state
    for name in ("from_ms", "to_ms", "energy", "recovered"):
        pieces = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(pieces, getattr(whole, name))
    assert tuple(finding for part in parts for finding in part.findings) == whole.findings


@settings(max_examples=200, deadline=None)
@given(st.lists(MISHAPS, min_size=1, max_size=60), st.sampled_from([None, 40_000.0]))
def test_energy_is_never_negative_and_never_overlaps(events: list[str], max_rate: float | None) -> None:
    rules = CounterRules(5000, 1e6, max_rate)
    at_ms, value, good, replaced_ms = story(events, 1e6, 999_960.0)
    result = difference(CounterState(), rules, at_ms, value, good, replaced_ms)
    assert (result.energy >= 0).all()
    assert (result.from_ms[1:] >= result.to_ms[:-1]).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["count", "count", "dip", "zero", "absent", "bad", "rest"]), min_size=2, max_size=80))
def test_glitches_that_pass_leave_the_total_as_the_register_says(glitches: list[str]) -> None:
    events = ["count", *glitches, "count"]
    at_ms, value, good, _ = story(events, 1e9, 50_000.0)
    result = difference(CounterState(), CounterRules(5000), at_ms, value, good)
    assert result.energy.sum() == pytest.approx(7.0 * (events.count("count") - 1))
