"""Which hours are better not sealed yet: while a backlog comes in, sealing them after every spill would repeat the work."""

from collections.abc import Iterable

QUIET_MS = 30_000
"""An hour is sealed so long after the last spill that touched it, if no spill passes it by before."""
MOST_SPILLS = 128
"""An hour that all of these touched is sealed in between: loose readings are read more slowly."""


class Sparing:
    """In memory only: what it forgets is sealed a little early."""

    def __init__(self) -> None:
        self._spills: dict[int, int] = {}
        self._since_ms = 0

    def forget(self) -> None:
        """Spare nothing."""
        self._spills.clear()

    def take(self, hours: Iterable[int], now_ms: int) -> None:
        """These hours were touched by a spill behind which more is waiting; hours that it passed by are not spared any more."""
        self._spills = {hour: self._spills.get(hour, 0) + 1 for hour in hours}
        self._since_ms = now_ms

    def is_over(self, now_ms: int) -> bool:
        """Whether spared hours have been left alone for long."""
        return bool(self._spills) and abs(now_ms - self._since_ms) >= QUIET_MS

    def hours(self, now_ms: int) -> frozenset[int]:
        """Hours that are not to be sealed now."""
        if self.is_over(now_ms):
            self.forget()
        return frozenset(hour for hour, spills in self._spills.items() if spills % MOST_SPILLS)
