"""The fold: one job that moves journal into chunks and roll-ups, in steps short enough to fit between commits."""

from collections.abc import Iterator
from time import perf_counter
from typing import Protocol

from backend.store.calendar import HOUR_MS
from backend.store.tiers.closing import Closing
from backend.store.tiers.sealing import Sealing
from backend.store.tiers.search import HOURS_PER_DAY
from backend.store.tiers.sparing import Sparing
from backend.store.tiers.spill import Spill

SETTLE_MS = 10_000
"""An hour is sealed so long after its end: polled readings have arrived by then."""


class Thinner(Protocol):
    """Removes what is too old or too much, within the caller's transactions."""

    def is_urgent(self) -> bool:
        """Whether room is needed before anything else is done."""
        ...

    def is_due(self, now_ms: int) -> bool:
        """Whether ``steps`` should be taken."""
        ...

    def steps(self, now_ms: int) -> Iterator[None]:
        """Every ``yield`` is a good moment to commit."""
        ...


class Fold:
    """Does a little work per call. Everything it remembers can be dropped: the file knows where it stands."""

    def __init__(self, spill: Spill, sealing: Sealing, closing: Closing, thinning: Thinner) -> None:
        self._spill = spill
        self._sealing = sealing
        self._closing = closing
        self._thinning = thinning
        self._sparing = Sparing()
        self._work: Iterator[None] | None = None
        self._settled_hour = -1

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._work = None
        self._settled_hour = -1
        self._spill.load()
        self._sparing.forget()
        self._sealing.forget()

    @property
    def is_under_way(self) -> bool:
        """Whether ``work`` would go on with something."""
        return self._work is not None

    def has_work(self, now_ms: int) -> bool:
        """Whether ``work`` would do anything."""
        if self._work is None:
            settled_hour = _settled_hour(now_ms)
            if self._is_due(now_ms, settled_hour):
                self._work = self._everything(now_ms, settled_hour)
        return self._work is not None

    def _is_due(self, now_ms: int, settled_hour: int) -> bool:
        if self._spill.is_due(now_ms, settled_hour) or settled_hour != self._settled_hour:
            return True
        return self._sparing.is_over(now_ms) or self._thinning.is_due(now_ms)

    def work(self, seconds: float) -> None:
        """Go on for about so long, within the caller's transaction."""
        deadline = perf_counter() + seconds
        while self._work is not None and perf_counter() < deadline:
            if next(self._work, self) is self:
                self._work = None

    def _everything(self, now_ms: int, settled_hour: int) -> Iterator[None]:
        if self._thinning.is_urgent():
            yield from self._thinning.steps(now_ms)
        if self._spill.is_due(now_ms, settled_hour):
            yield from self._spill.steps(now_ms)
            self._sparing.take(self._spill.hours if self._spill.was_full else (), now_ms)
            yield
        yield from self._sealing.steps(settled_hour, now_ms, self._sparing.hours(now_ms))
        # A register read exactly at midnight speaks of the day before: its hour must be sealed too.
        yield from self._closing.steps((settled_hour - 1) // HOURS_PER_DAY)
        if self._thinning.is_due(now_ms):
            yield from self._thinning.steps(now_ms)
        self._settled_hour = settled_hour


def _settled_hour(now_ms: int) -> int:
    return (now_ms - SETTLE_MS) // HOUR_MS
