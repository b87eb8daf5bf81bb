"""How much a caller may ask for: requests by rate, history by length of time."""

from backend.api.v1.problems import Problem
from backend.model.clock import Clock
from backend.store.contract import Level

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
LENGTH_MS = {Level.MINUTE: 60_000, Level.QUARTER: 900_000, Level.HOUR: _HOUR_MS, Level.DAY: _DAY_MS}
"""Usual length of an interval."""
LONGEST_MS = {
    "raw": 25 * _HOUR_MS,
    Level.MINUTE.value: 31 * _DAY_MS,
    Level.QUARTER.value: 366 * _DAY_MS,
    Level.HOUR.value: 1830 * _DAY_MS,
    Level.DAY.value: 11_000 * _DAY_MS,
}
"""Longest time that one question may span; a raw day may have 25 hours."""
LONGEST_EVENTS_MS = 366 * _DAY_MS
LONGEST_ENERGY_DAYS = 1100
_MOST_CALLERS = 10_000


class Allowance:
    """A bucket per caller that fills at ``per_second`` and holds ``burst``; each request takes one."""

    def __init__(self, clock: Clock, per_second: float, burst: float) -> None:
        self._clock, self._per_second, self._burst = clock, per_second, burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count a request. Raises ``Problem`` with Retry-After where the bucket is empty."""
        now = self._clock.monotonic()
        level = self._level(caller, now)
        self._buckets.pop(caller, None)
        self._buckets[caller] = (max(level - 1.0, 0.0) if level >= 1.0 else level, now)
        if len(self._buckets) > _MOST_CALLERS:
            del self._buckets[next(iter(self._buckets))]
        if level < 1.0:
            raise self._too_many(level)

    def _level(self, caller: str, now: float) -> float:
        level, then = self._buckets.get(caller, (self._burst, now))
        return min(self._burst, level + (now - then) * self._per_second)

    def _too_many(self, level: float) -> Problem:
        wait_s = int((1.0 - level) / self._per_second) + 1
        return Problem(429, "too_many_requests", f"Ask again in {wait_s} s.", {"Retry-After": str(wait_s)})


def check_range(from_ms: int, to_ms: int, longest_ms: int) -> None:
    """Refuse ranges that are empty or too long. Raises ``Problem``."""
    if from_ms >= to_ms:
        raise Problem(400, "range", "from_ms has to be before to_ms.")
    if to_ms - from_ms > longest_ms:
        raise Problem(400, "range_too_long", f"One question may span {longest_ms} ms at most; ask for less at a time.")
