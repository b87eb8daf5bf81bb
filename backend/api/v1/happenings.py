"""Routes: events, alarms and gaps."""

from fastapi import APIRouter

from backend.api.tokens import Scope
from backend.api.v1 import shapes
from backend.api.v1.group import Group
from backend.api.v1.mapping import event_of, gap_of
from backend.api.v1.questions import OfEvents, OfGaps, OfSubject
from backend.api.v1.service import Service
from backend.api.v1.timeline import page_by_time, page_of_events
from backend.model.event import EventKind
from backend.model.trouble import means_trouble


def routes(service: Service) -> APIRouter:
    """What happened."""
    group, reader = Group(service, "happenings"), service.reader

    @group.get("/events", OfEvents, Scope.EVENTS, shapes.Page[shapes.EventShape])
    async def events(asked: OfEvents) -> shapes.Page[shapes.EventShape]:
        """Everything that happened, newest first. A page may be short: go on while there is a cursor."""
        kinds = asked.kind or tuple(EventKind)
        rows, cursor = await page_of_events(reader, asked, asked.subject, lambda event: event.kind in kinds)
        return shapes.Page(items=[event_of(event) for event in rows], next_cursor=cursor)

    @group.get("/alarms", OfSubject, Scope.EVENTS, shapes.Page[shapes.EventShape])
    async def alarms(asked: OfSubject) -> shapes.Page[shapes.EventShape]:
        """Events that mean that something is wrong, newest first: a lost device, a fault, a full disk, data refused or lost …

        They tell what began and when. Whether it still lasts is told by the state of devices, by gaps and by /v1/sync;
        alarms that are acknowledged and end by themselves do not exist yet. A page may be short: go on while there is a cursor.
        """
        rows, cursor = await page_of_events(reader, asked, asked.subject, means_trouble)
        return shapes.Page(items=[event_of(event) for event in rows], next_cursor=cursor)

    @group.get("/gaps", OfGaps, Scope.EVENTS, shapes.Page[shapes.GapShape])
    async def gaps(asked: OfGaps) -> shapes.Page[shapes.GapShape]:
        """What is not there in this time, why, and how much came after all; by its beginning, newest first.

        A page may be short: go on while there is a cursor.
        """
        rows, cursor = await page_by_time(
            lambda end_ms, limit: reader.gaps(asked.from_ms, end_ms, asked.subject, limit),
            lambda gap: gap.from_ms,
            lambda gap: not asked.kind or gap.kind in asked.kind,
            asked,
        )
        return shapes.Page(items=[gap_of(gap) for gap in rows], next_cursor=cursor)

    return group.router
