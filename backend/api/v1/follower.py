"""Follows the cache for everybody who listens: one look twice a second, and none while nobody does."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import msgspec
import structlog

from backend.api.v1.mapping import lost_devices, reading_of
from backend.model.delivery import StorageError
from backend.model.reading import Reading
from backend.store.contract import Reader

_log = structlog.get_logger(__name__)
LOOK_EVERY_S = 0.5


class Follower:
    """Wakes listeners when the cache has changed. Of each point only the newest reading is kept; nothing is queued."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._version: int = -1
        self._looking = asyncio.Lock()
        self._moved = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._seen: dict[str, tuple[Reading, bool]] = {}
        self._rows: dict[str, tuple[int, bytes]] = {}
        self.listeners = 0
        self.round = 0
        """Grows with each change that was seen."""
        self.ended = False

    async def run(self) -> None:
        """Follow until cancelled."""
        trouble = False
        while True:
            await self._wanted.wait()
            try:
                await self._look()
                trouble = False
            except StorageError as error:
                if not trouble:
                    _log.error("the cache cannot be followed", why=str(error))
                trouble = True
            await asyncio.sleep(LOOK_EVERY_S)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """As long as somebody listens; what there is now has been seen. Raises ``StorageError``."""
        self.listeners += 1
        try:
            await self._look()
            self._wanted.set()
            yield
        finally:
            self.listeners -= 1
            if self.listeners == 0:
                self._wanted.clear()

    def rows_since(self, known: int) -> Iterator[tuple[str, bytes]]:
        """Point and encoded reading of all that changed after the round ``known``."""
        return ((key, body) for key, (changed, body) in self._rows.items() if changed > known)

    async def changed(self, known: int, patience_s: float) -> None:
        """Wait for a round after ``known``, or until patience ends."""
        try:
            async with asyncio.timeout(patience_s), self._moved:
                await self._moved.wait_for(lambda: self.round > known or self.ended)
        except TimeoutError:
            return

    async def end(self) -> None:
        """Let every listener go."""
        self.ended = True
        async with self._moved:
            self._moved.notify_all()

    async def _look(self) -> None:
        async with self._looking:
            version = await self._reader.version()
            if version == self._version:
                return
            await self._take(self.round + 1)
            self._version, self.round = version, self.round + 1
        async with self._moved:
            self._moved.notify_all()

    async def _take(self, current: int) -> None:
        """Encode what is new, and what is judged anew because its device was lost or found."""
        readings, lost = await self._reader.latest(), await lost_devices(self._reader)
        points = {point.key: point for point in await self._reader.points()}
        for key, reading in readings.items():
            state = (reading, points[key].device in lost)
            if self._seen.get(key) != state:
                self._seen[key] = state
                self._rows[key] = (current, msgspec.json.encode(reading_of(points[key], reading, lost)))
