"""What the fold sees of a store's journal: batches that are not in fragments yet, and a way to tell what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.model.columns import Columns
from backend.model.event import Event


@dataclass(frozen=True, slots=True)
class Unfolded:
    """Readings of one batch that only the journal holds."""

    first: int
    sealed_ms: int
    readings: Columns
    origin: int = 0
    """Number of the node that sealed it, where a store keeps several."""


class Batches(Protocol):
    """Within the caller's transaction."""

    @property
    def tail(self) -> Sequence[Unfolded]:
        """What is not folded, in order of arrival."""
        ...

    @property
    def tail_readings(self) -> int:
        """Readings in the tail."""
        ...

    def settle(self, parts: Sequence[Unfolded]) -> None:
        """Forget the readings of these, the oldest of the tail: they are in fragments now."""
        ...

    def append_events(self, events: Sequence[Event], now_ms: int) -> None:
        """Seal a batch of events alone."""
        ...
