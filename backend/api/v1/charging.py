"""Routes: chargers and their sessions."""

from fastapi import APIRouter

from backend.api.tokens import Scope
from backend.api.v1 import shapes
from backend.api.v1.cursors import page_by_key
from backend.api.v1.group import Group
from backend.api.v1.mapping import charger_of, session_shape
from backend.api.v1.questions import OfChargers, OfSessions
from backend.api.v1.service import Service
from backend.api.v1.timeline import page_of_events
from backend.model.device import Device, DeviceKind
from backend.model.session import ENDS
from backend.store.contract import Reader
from backend.store.sessions import session_behind


def routes(service: Service) -> APIRouter:
    """Who charges, and who did."""
    group, reader = Group(service, "chargers"), service.reader

    @group.get("/chargers", OfChargers, Scope.CHARGERS, shapes.Page[shapes.ChargerShape])
    async def chargers(asked: OfChargers) -> shapes.Page[shapes.ChargerShape]:
        """Chargers with their connectors as they are now, by key; a session under way is among the connectors."""
        known = {status.device: status for status in await reader.statuses()}
        connectors = await reader.connectors()
        devices = [each for each in await _chargers(reader, asked.operator) if asked.site in (None, each.site)]
        rows, cursor = page_by_key(devices, lambda device: device.key, asked.cursor, asked.limit)
        items = [charger_of(device, known.get(device.key), connectors) for device in rows]
        return shapes.Page(items=items, next_cursor=cursor)

    @group.get("/sessions", OfSessions, Scope.CHARGERS, shapes.Page[shapes.SessionShape])
    async def sessions(asked: OfSessions) -> shapes.Page[shapes.SessionShape]:
        """Sessions that ended in this time, newest first. A page may be short: go on while there is a cursor."""
        operators = {each.key: each.operator for each in await _chargers(reader, asked.operator)}
        rows, cursor = await page_of_events(
            reader,
            asked,
            asked.charger,
            lambda event: event.kind in ENDS and (event.subject in operators or asked.operator is None),
        )
        told = [await session_behind(reader, event) for event in rows]
        items = [session_shape(session, operators.get(session.charger, "")) for session in told if session is not None]
        return shapes.Page(items=items, next_cursor=cursor)

    return group.router


async def _chargers(reader: Reader, operator: str | None) -> list[Device]:
    return [each for each in await reader.devices() if each.kind is DeviceKind.CHARGER and operator in (None, each.operator)]
