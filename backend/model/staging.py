"""How a node that plays a demo differs from a real one: its clock, and the past that it is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.model.clock import ClockAnchor
from backend.model.delivery import Sink


@dataclass(frozen=True, slots=True)
class Staging:
    """Handed to a node beside its settings."""

    clock: ClockAnchor
    history: Callable[[Sink], Awaitable[None]]
    """Fills in what happened before the demo began; called once, before any device is asked."""
