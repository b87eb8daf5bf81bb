"""A bucket of tokens: how often something may be recorded, whoever keeps doing it."""


class Bucket:
    """Holds ``capacity`` tokens and gets a new one every ``refill_s``."""

    def __init__(self, capacity: int, refill_s: float) -> None:
        self._capacity = capacity
        self._refill_s = refill_s
        self._tokens = float(capacity)
        self._at_s: float | None = None
        self._missed = 0

    def take(self, now_s: float) -> int | None:
        """None where there is no token; else how many takers went away empty since the last one."""
        if self._at_s is not None:
            self._tokens = min(self._capacity, self._tokens + (now_s - self._at_s) / self._refill_s)
        self._at_s = now_s
        if self._tokens < 1:
            self._missed += 1
            return None
        self._tokens -= 1
        missed, self._missed = self._missed, 0
        return missed
