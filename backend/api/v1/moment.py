"""What the store holds at one version: asked for once, whoever needs it, and forgotten when the store has changed."""

import asyncio
from collections.abc import Mapping

from backend.api.v1.answers import Answer
from backend.model.point import Point
from backend.model.states import Connectivity
from backend.store.contract import Reader

_MOST_BYTES = 16 << 20
"""Of remembered answers; then all are forgotten."""
Asked = tuple[str, bytes]
"""Path and query as they were asked."""


class Moment:
    """Everything here is at least as new as the version."""

    def __init__(self, reader: Reader, version: int | None) -> None:
        self.version = version
        self._reader = reader
        self._asking = asyncio.Lock()
        self._points: Mapping[str, Point] | None = None
        self._lost: frozenset[str] | None = None
        self._answers: dict[Asked, Answer] = {}
        self._bytes = 0

    async def points(self) -> Mapping[str, Point]:
        """Every point by key."""
        if self._points is None:
            async with self._asking:
                if self._points is None:
                    self._points = {point.key: point for point in await self._reader.points()}
        return self._points

    async def lost_devices(self) -> frozenset[str]:
        """Devices out of contact: their last values are no longer good."""
        if self._lost is None:
            async with self._asking:
                if self._lost is None:
                    statuses = await self._reader.statuses()
                    self._lost = frozenset(each.device for each in statuses if each.connectivity is Connectivity.LOST)
        return self._lost

    def recall(self, question: Asked) -> Answer | None:
        """The answer, if this was asked before."""
        return self._answers.get(question)

    def remember(self, question: Asked, answer: Answer) -> None:
        """Keep an answer that holds as long as the store does not change."""
        self._bytes += len(answer.body)
        if self._bytes > _MOST_BYTES:
            self._answers.clear()
            self._bytes = len(answer.body)
        self._answers[question] = answer
