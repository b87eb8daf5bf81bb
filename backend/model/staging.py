"""How a node that plays a demo differs from a real one: its clock, and the past that it is given."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.model.clock import ClockAnchor
from backend.model.columns import Columns
from backend.model.point import Point


class BulkSink(Protocol):
    """The way in for what comes by the hundred thousand (``backend.intake`` implements it)."""

    async def declare(self, points: Sequence[Point]) -> None:
        """Make points known before their first reading."""
        ...

    def numbers(self) -> Mapping[str, int]:
        """Number of every declared point by key."""
        ...

    def accept_columns(self, columns: Columns) -> "Future[None]":
        """Take readings of declared points by number; done once they are on disk."""
        ...


@dataclass(frozen=True, slots=True)
class Staging:
    """Handed to a node beside its settings."""

    clock: ClockAnchor
    history: Callable[[BulkSink], Awaitable[None]]
    """Fills in what happened before the demo began; called once, before any device is asked."""
