"""How this node stands with its parent and its children, as one document that faces, tools and the API read."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.model.sync import SyncStatus
from backend.store.contract import Store

_log = structlog.get_logger(__name__)

KIND, KEY = "sync", "main"
LOOK_EVERY_S = 1.0
WRITE_EVERY_S = 10.0
"""At most, unless the line breaks or comes back: every write wears a card."""
QUIET_S = 60.0
"""As seldom where nothing changed but the time at which something was sent; of children everybody asks when they were heard."""


class Report:
    """Writes what is ``told`` where it changed."""

    def __init__(self, store: Store, clock: Clock, told: Callable[[], SyncStatus]) -> None:
        self._store, self._clock, self._told = store, clock, told
        self._written = SyncStatus()
        self._written_at = -QUIET_S

    async def run(self) -> None:
        """Until cancelled; the last state is written then."""
        try:
            while True:
                if self._is_due():
                    await self.write()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self.write()

    async def write(self) -> None:
        """Put it where others read it."""
        status = self._told()
        try:
            await self._store.put(KIND, KEY, status)
        except StorageError as error:
            _log.error("the state of the exchange cannot be kept", why=str(error))
        self._written, self._written_at = status, self._clock.monotonic()

    def _is_due(self) -> bool:
        status, before = self._told(), self._written
        passed = self._clock.monotonic() - self._written_at
        if status.link is not before.link:
            return True
        if _lasting(status) == _lasting(before):
            return status != before and passed >= (WRITE_EVERY_S if status.children else QUIET_S)
        return passed >= WRITE_EVERY_S


def _lasting(status: SyncStatus) -> SyncStatus:
    """Without the times that change with every request."""
    children = tuple(replace(child, heard_ms=None) for child in status.children)
    return replace(status, sent_ms=None, children=children)
