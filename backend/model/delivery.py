"""What goes into intake in one piece: committed whole or not at all."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event
from backend.model.point import Point
from backend.model.reading import Reading

State = DeviceStatus | ConnectorStatus


@dataclass(frozen=True, slots=True)
class Delivery:
    """Readings, events and states that belong together."""

    readings: Sequence[Reading] = ()
    events: Sequence[Event] = ()
    states: Sequence[State] = ()
    urgent: bool = False
    """A state edge, an acknowledged push, an alarm or a command: sealed within 50 ms instead of 2 s."""


class Sink(Protocol):
    """The one way in, as drivers and the collector see it (``backend.intake`` implements it)."""

    async def declare(self, points: Sequence[Point]) -> None:
        """Make points known before their first reading. Repeats are harmless."""
        ...

    def accept(self, delivery: Delivery) -> "Future[None]":
        """Take a delivery. The future is done once it is on disk and a reader can see it.

        Await it before acknowledging to a device that pushes; a poller need not.
        It fails with ``StorageError`` when nothing was kept.
        """
        ...


class StorageError(Exception):
    """The store could not keep what it was given; nothing of it may be acknowledged."""


class StoreDamaged(StorageError):
    """What is stored is not what was written: it will be mended when the store is opened again."""
