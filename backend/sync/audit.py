"""Every refusal is counted; the first of its kind is told at once, what follows once a minute."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from backend.model.clock import Clock

TELL_AGAIN_S = 60.0
_MOST_SOURCES = 1000


@dataclass(frozen=True, slots=True)
class Refusals:
    """So many of one source for one reason, since they were last told."""

    source: str
    """Name of a node where it proved itself, else an address; empty where there were too many to be told apart."""
    reason: str
    count: int


class Audit:
    """Counts exactly, tells seldom: nobody can fill a disk by being refused."""

    def __init__(self, clock: Clock, tell: Callable[[Refusals], None]) -> None:
        self._clock, self._tell = clock, tell
        self._untold: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], float] = {}

    def refused(self, source: str, reason: str, times: int = 1) -> None:
        """So many more."""
        kind = (source, reason)
        if kind not in self._told_at and len(self._told_at) >= _MOST_SOURCES:
            kind = ("", reason)
        self._untold[kind] += times
        now = self._clock.monotonic()
        if kind not in self._told_at or now - self._told_at[kind] >= TELL_AGAIN_S:
            self._tell_of(kind, now)

    def settle(self) -> None:
        """Tell what has waited long enough; called now and then."""
        now = self._clock.monotonic()
        for kind, then in list(self._told_at.items()):
            if now - then >= TELL_AGAIN_S:
                if self._untold[kind]:
                    self._tell_of(kind, now)
                else:
                    del self._told_at[kind]

    def close(self) -> None:
        """Tell what is left."""
        for kind in list(self._untold):
            self._tell_of(kind, self._clock.monotonic())

    def _tell_of(self, kind: tuple[str, str], now: float) -> None:
        self._told_at[kind] = now
        self._tell(Refusals(*kind, self._untold.pop(kind)))
