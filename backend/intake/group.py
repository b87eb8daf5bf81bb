"""Deliveries on their way to one batch."""

from asyncio import Future
from dataclasses import dataclass, field

from backend.model.columns import Columns
from backend.model.delivery import State
from backend.model.event import Event


@dataclass(slots=True)
class Group:
    """What will be sealed together, and who waits for it."""

    readings: list[Columns] = field(default_factory=list[Columns])
    polled: list[Columns] = field(default_factory=list[Columns])
    """Those of ``readings`` that nobody sends again."""
    events: list[Event] = field(default_factory=list[Event])
    states: list[State] = field(default_factory=list[State])
    waiting: "list[Future[None]]" = field(default_factory=list["Future[None]"])
    count: int = 0
    """Readings."""
    due: float | None = None
    """When to seal, by the loop's clock; None while empty."""

    def add(self, readings: Columns, *, pushed: bool) -> None:
        """Append readings."""
        if len(readings):
            self.readings.append(readings)
            self.count += len(readings)
            if not pushed:
                self.polled.append(readings)

    def due_by(self, when: float) -> None:
        """Seal no later than this."""
        self.due = when if self.due is None else min(self.due, when)

    def resolve(self, error: Exception | None) -> None:
        """Tell everybody who waits."""
        for future in self.waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
                future.exception()
