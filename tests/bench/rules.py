"""Counter rules and range checks beside the bare numpy that no rule can do without: ``python -m tests.bench.rules``."""

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from backend.model.columns import Columns
from backend.model.counters import CounterRules, CounterState, difference
from backend.quality.checks import Checks
from backend.quality.limits import PointLimits

DAY = 86_400
GROUP = 500
NOW_MS = 1_795_401_720_000
COUNTER_BAR = 8.0
CHECK_BAR = 6.0


def best_s(work: Callable[[], object], times: int) -> float:
    """The fastest of several runs, in seconds: what the machine can do when nothing disturbs it."""

    def once() -> float:
        began = perf_counter()
        work()
        return perf_counter() - began

    return min(once() for _ in range(times))


def counter() -> float:
    """A day of seconds, as a multiple of differences and finite masks of the same arrays."""
    at_ms = np.arange(DAY, dtype=np.int64) * 1000
    value = np.cumsum(np.random.default_rng(1).random(DAY) * 5)
    good = np.ones(DAY, np.bool_)
    rules = CounterRules(1000, 2.0**32, 40_000.0)
    ruled = best_s(lambda: difference(CounterState(), rules, at_ms, value, good), 15)
    bare = best_s(lambda: (np.diff(value), np.diff(at_ms), np.isfinite(value) & good), 15)
    return told("counter, 86,400 values", ruled, bare)


def checks() -> float:
    """A group of 500 readings, as a multiple of two comparisons against limits looked up by number."""
    check = Checks()
    for number in range(1, GROUP + 1):
        check.define(number, PointLimits(0, 1e6))
    number = np.arange(1, GROUP + 1, dtype=np.int32)
    value = np.full(GROUP, 5000.0)
    columns = Columns(number, np.full(GROUP, NOW_MS, np.int64), value, np.zeros(GROUP, np.uint32), np.zeros(GROUP, np.uint8))
    low, high = np.zeros(GROUP + 1), np.full(GROUP + 1, 1e6)
    checked = best_s(lambda: check.apply(columns, NOW_MS), 500)
    bare = best_s(lambda: (value >= low[number]) & (value <= high[number]), 500)
    return told("checks, 500 readings", checked, bare)


def told(name: str, ours_s: float, bare_s: float) -> float:
    """Print a row of the table; the ratio."""
    print(f"{name:24} {ours_s * 1e6:10.1f} us {bare_s * 1e6:10.1f} us bare   {ours_s / bare_s:6.2f} x")
    return ours_s / bare_s


def main() -> int:
    """Whether both are within their bars."""
    of_counter, of_checks = counter(), checks()
    kept = of_counter <= COUNTER_BAR and of_checks <= CHECK_BAR
    print(f"counter {of_counter:.2f} (at most {COUNTER_BAR:g}); checks {of_checks:.2f} (at most {CHECK_BAR:g})")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
