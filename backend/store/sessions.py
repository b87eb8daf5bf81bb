"""Charging sessions out of a store's events, whichever of them came first."""

from typing import Final

from backend.model.event import Event, EventKind
from backend.model.session import ChargingSession, is_superseded, lacks_its_start, session_of
from backend.store.contract import Reader

_AROUND_MS: Final = 3 * 86_400_000
"""So far from its end the other events of a session are looked for."""
_EVENTS: Final = 2000


async def session_behind(reader: Reader, ended: Event) -> ChargingSession | None:
    """The session that an event of its end tells of; None where another event tells better of its end."""
    if ended.kind is EventKind.SESSION_STOPPED and not lacks_its_start(ended):
        return session_of(ended)
    beside = await reader.events(ended.at_ms - _AROUND_MS, ended.at_ms + _AROUND_MS, ended.subject, _EVENTS)
    if ended.kind is EventKind.SESSION_INTERRUPTED and is_superseded(ended, beside):
        return None
    return session_of(ended, beside)
