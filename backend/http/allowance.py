"""How often each caller may ask."""

from backend.http.problems import Problem
from backend.model.clock import Clock

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
