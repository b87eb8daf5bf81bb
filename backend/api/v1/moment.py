"""What the store holds at one version: asked for once, whoever needs it, and forgotten when the store has changed."""

import asyncio
from collections.abc import Mapping, Sequence
from weakref import WeakValueDictionary

from backend.api.v1.answers import Answer
from backend.model.point import Point
from backend.model.states import Connectivity
from backend.store.contract import Reader

_MOST_BYTES = 16 << 20
"""Of remembered answers; then all are forgotten."""
Asked = tuple[str, bytes]
"""Path and query as they were asked."""


class Catalogue:
    """Every point, by key and by site."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points
        self.by_key = {point.key: point for point in points}
        self._by_site: dict[str, dict[str, Point]] = {}
        for key, point in self.by_key.items():
            self._by_site.setdefault(point.device.partition("/")[0], {})[key] = point

    def of(self, site: str | None) -> Mapping[str, Point]:
        """Those of a site by key, or all."""
        return self.by_key if site is None else self._by_site.get(site, {})


class Moment:
    """Everything here is at least as new as the version."""

    def __init__(self, reader: Reader, version: int | None, before: Catalogue | None = None) -> None:
        """``before`` is taken over where no point has come or changed since."""
        self.version = version
        self._reader = reader
        self._asking = asyncio.Lock()
        self.known, self._is_known = before, False
        """The catalogue as far as it is known."""
        self._lost: frozenset[str] | None = None
        self._answers: dict[Asked, Answer] = {}
        self._bytes = 0
        self._turns: WeakValueDictionary[Asked, asyncio.Lock] = WeakValueDictionary()

    async def catalogue(self) -> Catalogue:
        """Every point."""
        async with self._asking:
            if self.known is None or not self._is_known:
                points = await self._reader.points()
                if self.known is None or self.known.points is not points:
                    self.known = Catalogue(points)
                self._is_known = True
            return self.known

    async def lost_devices(self) -> frozenset[str]:
        """Devices out of contact: their last values are no longer good."""
        async with self._asking:
            if self._lost is None:
                statuses = await self._reader.statuses()
                self._lost = frozenset(each.device for each in statuses if each.connectivity is Connectivity.LOST)
            return self._lost

    def turn(self, question: Asked) -> asyncio.Lock:
        """Held by whoever finds the answer; all others wait for it, and then recall it."""
        lock = self._turns.get(question) or asyncio.Lock()
        self._turns[question] = lock
        return lock

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
