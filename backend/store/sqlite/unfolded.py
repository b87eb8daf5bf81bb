"""Readings that are not folded yet: the oldest in memory, as many as the fold soon takes; the rest waits in the file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from backend.store.tiers.batches import Unfolded
from backend.store.tiers.spill import SPILL_READINGS

IN_MEMORY = 2 * SPILL_READINGS
"""Readings that are read ahead, about 25 bytes each; twice as many may come on top before some are given back."""

Fetch = Callable[[int], Iterator[Unfolded]]
"""What a table holds of this number and later ones, in order; within the caller's transaction."""


@dataclass(slots=True)
class _Table:
    fetch: Fetch
    settled: int
    """The first number that is not folded."""
    next: int | None
    """From here on nothing is in memory; None where everything is."""


class UnfoldedTail:
    """Of this node's own batches and of received ones, each in its order; true once the caller's transaction has committed."""

    def __init__(self) -> None:
        self.parts: list[Unfolded] = []
        """The oldest."""
        self.readings = 0
        """Of all, in memory or not."""
        self._in_memory = 0
        self._tables: dict[bool, _Table] = {}

    def clear(self) -> None:
        """Before it is loaded anew."""
        self.parts, self.readings, self._in_memory = [], 0, 0
        self._tables.clear()

    def load(self, *, received: bool, fetch: Fetch, first: int, readings: int) -> None:
        """Begin with what one of the two tables holds from ``first`` on, which is so many readings."""
        self._tables[received] = _Table(fetch, first, first)
        self.readings += readings
        self._fill()

    def take(self, parts: Sequence[Unfolded]) -> None:
        """What has just been written, the last of its table."""
        for part in parts:
            self.readings += len(part.readings)
            if self._table(part).next is None:
                self._keep(part)
        if self._in_memory > 3 * IN_MEMORY:
            self._give_back()

    def settle(self, parts: Sequence[Unfolded]) -> None:
        """Forget these, the oldest."""
        del self.parts[: len(parts)]
        for part in parts:
            self._table(part).settled = part.first + 1
            self.readings -= len(part.readings)
            self._in_memory -= len(part.readings)
        self._fill()

    def _table(self, part: Unfolded) -> _Table:
        return self._tables[part.origin != 0]

    def _keep(self, part: Unfolded) -> None:
        self.parts.append(part)
        self._in_memory += len(part.readings)

    def _fill(self) -> None:
        """Read on while there is room."""
        for table in self._tables.values():
            if table.next is None or self._in_memory >= IN_MEMORY:
                continue
            for part in table.fetch(table.next):
                if self._in_memory >= IN_MEMORY:
                    table.next = part.first
                    break
                self._keep(part)
            else:
                table.next = None

    def _give_back(self) -> None:
        """Let the newest wait in the file: they come faster than they are folded. What a spill may be at stays."""
        while self._in_memory - len(self.parts[-1].readings) >= IN_MEMORY:
            part = self.parts.pop()
            self._in_memory -= len(part.readings)
            table = self._table(part)
            before = next((known.first + 1 for known in reversed(self.parts) if self._table(known) is table), None)
            # A part may hold several batches under the number of the last: it begins after the one before.
            table.next = table.settled if before is None else before
