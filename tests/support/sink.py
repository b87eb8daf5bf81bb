"""A sink that keeps what it was given, for driver and collector tests."""

import asyncio
from collections.abc import Sequence

from backend.model.columns import Columns
from backend.model.delivery import Delivery
from backend.model.event import Event
from backend.model.point import Point
from backend.model.reading import Reading


class RecordingSink:
    """Accepts everything at once and remembers it in order."""

    def __init__(self) -> None:
        self.points: dict[str, Point] = {}
        self.deliveries: list[Delivery] = []
        self.columns: list[Columns] = []
        self.arrived = asyncio.Event()

    async def declare(self, points: Sequence[Point]) -> None:
        self.points.update({point.key: point for point in points})

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        self.deliveries.append(delivery)
        return self._done()

    def accept_columns(self, columns: Columns) -> "asyncio.Future[None]":
        self.columns.append(columns)
        return self._done()

    def _done(self) -> "asyncio.Future[None]":
        self.arrived.set()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    @property
    def readings(self) -> list[Reading]:
        return [reading for delivery in self.deliveries for reading in delivery.readings]

    @property
    def events(self) -> list[Event]:
        return [event for delivery in self.deliveries for event in delivery.events]
