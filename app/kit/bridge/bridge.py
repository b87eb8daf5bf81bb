"""Follows a cache file and tells Qt: one conflated signal, whatever happens to the file or to the node."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog
from PySide6.QtCore import QObject, Signal

from app.kit.bridge.look import Look
from app.kit.bridge.snapshot import Snapshot
from backend.model.clock import Clock, SystemClock
from backend.model.delivery import StorageError
from backend.store.contract import Level, Reader, Rollup

LOOK_EVERY_S = 0.1
OPEN_EVERY_S = 1.0
_SLOWEST_LOOK_S = 1.0
_REST_PER_WORK = 10.0
_LEARNING = 0.1

_UNREADABLE = (sqlite3.Error, OSError, StorageError, ValueError)

OpenReader = Callable[[Path], Awaitable[Reader]]

_log = structlog.get_logger(__name__)


class CacheBridge(QObject):
    """Holds the newest snapshot. Whoever comes late takes ``snapshot``; whoever is slow misses the ones between.

    A face keeps its last snapshot while the cache is missing, locked or broken; its clock runs on, so that data ages.
    """

    changed = Signal(object)
    """A new ``Snapshot``."""

    def __init__(self, cache: Path, open_reader: OpenReader, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.cache = cache
        self._open = open_reader
        self._monotonic = monotonic
        self._look: Look | None = None
        self._identity: tuple[int, int] | None = None
        self._checked_at = float("-inf")
        self._failing = False
        self._usual_work_s = 0.0
        self._clock: Clock = SystemClock()
        self.snapshot: Snapshot | None = None

    def now_ms(self) -> int:
        """The node's time, running on even when the node is dead."""
        return (self._look.clock if self._look else self._clock).now_ms()

    async def trend(self, point: str, level: Level, start_ms: int, end_ms: int) -> Rollup | None:
        """Statistics of one point; None while the cache cannot be read."""
        look = self._look
        if look is None:
            return None
        try:
            return await look.reader.rollup(point, level, start_ms, end_ms)
        except (*_UNREADABLE, RuntimeError) as error:  # RuntimeError: closed while the question was on its way
            self._tell_failure(error)
            return None

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            while True:
                pause_s = await self.step()
                await asyncio.sleep(pause_s)
        finally:
            await self._drop()

    async def step(self) -> float:
        """Look once; returns the seconds to wait before the next look."""
        started = self._monotonic()
        try:
            await self._follow(started)
        except _UNREADABLE as error:
            self._tell_failure(error)
            await self._drop()
            return OPEN_EVERY_S
        # Ten parts of rest for each part of work, so that a big or slow cache cannot eat a core; by the usual work, because
        # a day's curves now and then must not make the next change of a charger wait.
        self._usual_work_s += (self._monotonic() - started - self._usual_work_s) * _LEARNING
        return min(_SLOWEST_LOOK_S, max(LOOK_EVERY_S, self._usual_work_s * _REST_PER_WORK))

    async def _follow(self, now: float) -> None:
        if now >= self._checked_at + OPEN_EVERY_S:
            self._checked_at = now
            await self._reopen_if_replaced()
        look = self._look
        if look is not None and await look.has_changed():
            self.snapshot = await look.read(now)
            self._tell_recovery()
            self.changed.emit(self.snapshot)
            # Afterwards, because a charger's change must not wait for the curves of a whole town.
            days, past = await look.renew_days(now), await look.renew_past(now)
            if days is not None:
                self.snapshot = replace(self.snapshot, days=days)
            if past is not None:
                self.snapshot = replace(self.snapshot, history=past.history, traces=past.traces)
            if days is not None or past is not None:
                self.changed.emit(self.snapshot)

    async def _reopen_if_replaced(self) -> None:
        status = self.cache.stat()
        identity = (status.st_dev, status.st_ino)
        if identity == self._identity:
            return
        await self._drop()
        self._look = Look(await self._open(self.cache))
        self._identity = identity

    async def _drop(self) -> None:
        look, self._look, self._identity = self._look, None, None
        if look is None:
            return
        self._clock = look.clock
        try:
            await look.close()
        except _UNREADABLE as error:
            _log.info("cache reader did not close cleanly", error=str(error))

    def _tell_failure(self, error: Exception) -> None:
        if not self._failing:
            _log.warning("cache cannot be read, showing what is known", cache=str(self.cache), error=str(error))
        self._failing = True

    def _tell_recovery(self) -> None:
        if self._failing:
            _log.info("cache can be read again", cache=str(self.cache))
        self._failing = False
