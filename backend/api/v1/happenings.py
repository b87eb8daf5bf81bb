"""Routes: events, chargers and their sessions."""

from collections.abc import Container, Sequence

from fastapi import APIRouter

from backend.api.tokens import Scope
from backend.api.v1 import shapes
from backend.api.v1.cursors import page_by_key, read_place, write_place
from backend.api.v1.group import Group
from backend.api.v1.limits import LONGEST_EVENTS_MS, check_range
from backend.api.v1.mapping import charger_of, event_of, session_of
from backend.api.v1.questions import OfEvents, OfSessions, OfSite, OfTime
from backend.api.v1.service import Service
from backend.model.device import DeviceKind
from backend.model.event import Event, EventKind
from backend.store.contract import Reader

_LOOKED_AT = 2000
"""Events that one question reads at most; where few of them are wanted, pages are short and the cursor goes on."""


def routes(service: Service) -> APIRouter:
    """What happened."""
    group, reader = Group(service, "happenings"), service.reader

    @group.get("/events", OfEvents, Scope.EVENTS, shapes.Page[shapes.EventShape])
    async def events(asked: OfEvents) -> shapes.Page[shapes.EventShape]:
        """Events, newest first; gaps and losses are among them. A page may be short: go on while there is a cursor."""
        rows, cursor = await _newest(reader, asked, asked.subject, asked.kind or tuple(EventKind))
        return shapes.Page(items=[event_of(event) for event in rows], next_cursor=cursor)

    @group.get("/chargers", OfSite, Scope.CHARGERS, shapes.Page[shapes.ChargerShape])
    async def chargers(asked: OfSite) -> shapes.Page[shapes.ChargerShape]:
        """Chargers with their connectors as they are now, by key; a session under way is among the connectors."""
        known = {status.device: status for status in await reader.statuses()}
        connectors = await reader.connectors()
        devices = [each for each in await reader.devices() if each.kind is DeviceKind.CHARGER and asked.site in (None, each.site)]
        rows, cursor = page_by_key(devices, lambda device: device.key, asked.cursor, asked.limit)
        items = [charger_of(device, known.get(device.key), connectors) for device in rows]
        return shapes.Page(items=items, next_cursor=cursor)

    @group.get("/sessions", OfSessions, Scope.CHARGERS, shapes.Page[shapes.SessionShape])
    async def sessions(asked: OfSessions) -> shapes.Page[shapes.SessionShape]:
        """Sessions that ended in this time, newest first. A page may be short: go on while there is a cursor."""
        rows, cursor = await _newest(reader, asked, asked.charger, (EventKind.SESSION_STOPPED,))
        return shapes.Page(items=[session_of(event) for event in rows], next_cursor=cursor)

    return group.router


async def _newest(
    reader: Reader, asked: OfTime, subject: str | None, kinds: Container[EventKind]
) -> tuple[Sequence[Event], str | None]:
    check_range(asked.from_ms, asked.to_ms, LONGEST_EVENTS_MS)
    newest_ms, skip = read_place(asked.cursor) if asked.cursor else (asked.to_ms - 1, 0)
    rows = await reader.events(asked.from_ms, min(newest_ms + 1, asked.to_ms), subject, skip + _LOOKED_AT)
    chosen: list[Event] = []
    seen = skip
    for event in rows[skip:]:
        if len(chosen) == asked.limit:
            break
        seen += 1
        if event.kind in kinds:
            chosen.append(event)
    if seen >= len(rows) and len(rows) < skip + _LOOKED_AT:
        return chosen, None
    last_ms = rows[seen - 1].at_ms
    return chosen, write_place((last_ms, sum(event.at_ms == last_ms for event in rows[:seen])))
