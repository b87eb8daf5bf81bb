"""What the parent has of each chain: kept in memory at once, on disk now and then."""

from backend.model.clock import Clock
from backend.model.spans import Spans
from backend.store.tiers.spans import write_spans
from backend.store.tiers.tables import Tables

WRITE_EVERY_S = 30.0
"""The parent tells it again at every start, so a card need not be written each time."""


class Deliveries:
    """Belongs to the writing thread."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock
        self._told: dict[int, Spans] = {}
        self._due_s = 0.0

    def tell(self, number: int, delivered: Spans) -> None:
        """The parent has this of a chain, in place of what it had before."""
        self._told[number] = delivered

    @property
    def is_due(self) -> bool:
        """Whether it is time to ``write``."""
        return bool(self._told) and self._clock.monotonic() >= self._due_s

    @property
    def is_open(self) -> bool:
        """Whether there is anything to ``write``."""
        return bool(self._told)

    def write(self) -> None:
        """Within the caller's transaction; ``settle`` once that has committed."""
        for number, delivered in self._told.items():
            write_spans(self._tables, "delivered", number, delivered)

    def settle(self) -> None:
        """What was told is on disk."""
        self._told.clear()
        self._due_s = self._clock.monotonic() + WRITE_EVERY_S
