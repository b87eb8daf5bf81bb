"""What operators decide with ``enemado ca`` becomes events of the cloud node, whichever process decided it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import structlog

from backend.identity.authority import Authority
from backend.identity.registry import Member, Standing
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.event import Event, EventKind

LOOK_EVERY_S = 5.0
_log = structlog.get_logger(__name__)


class RegistryWatch:
    """Tells each confirmation and each revocation once, also those from while nobody watched."""

    def __init__(self, authority: Authority, sink: Sink, clock: Clock) -> None:
        self._registry, self._sink, self._clock = authority.registry, sink, clock
        self._seen = b""

    async def run(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            try:
                members = await asyncio.to_thread(self._news)
            except (OSError, sqlite3.Error) as error:
                _log.error("the registry cannot be read", why=str(error))
                members = []
            if members:
                try:
                    await self._sink.accept(Delivery(events=[self._event(member) for member in members], urgent=True))
                except StorageError as error:
                    _log.error("the registry's news cannot be kept", why=str(error))
            await pause(LOOK_EVERY_S)

    def _news(self) -> list[Member]:
        if self._registry.version() == self._seen:
            return []
        members = self._registry.news()
        self._seen = self._registry.version()
        return members

    def _event(self, member: Member) -> Event:
        kind = EventKind.NODE_REVOKED if member.standing is Standing.REVOKED else EventKind.NODE_ENROLLED
        _log.info(kind.value, node=member.node, key_id=member.key_id.hex())
        return Event(self._clock.now_ms(), kind, f"node:{member.node}", {"key_id": member.key_id.hex()})
