"""Routes: the node, its sites, devices and points."""

from fastapi import APIRouter

from backend import __version__
from backend.api.tokens import Scope
from backend.api.v1 import shapes
from backend.api.v1.cursors import page_by_key
from backend.api.v1.group import Group
from backend.api.v1.mapping import device_of, point_of, site_of, sync_of
from backend.api.v1.questions import OfDevice, OfSite, Paged, Question
from backend.api.v1.service import Service
from backend.model.clock import AnchoredClock
from backend.model.node import NodeInfo
from backend.model.sync import SyncStatus


def routes(service: Service) -> APIRouter:
    """What stands where."""
    group, reader = Group(service, "places"), service.reader

    @group.get("/node", Question, Scope.PLACES, shapes.NodeShape, lasting=False)
    async def node(asked: Question) -> shapes.NodeShape:
        """The node that answers, and how its store is doing."""
        info, state = await reader.document("node", "main", NodeInfo), await reader.state()
        return shapes.NodeShape(
            name=info.name if info else "",
            version=info.version if info else __version__,
            demo=info.demo if info else False,
            now_ms=AnchoredClock(info.clock).now_ms() if info else service.clock.now_ms(),
            epoch=state.epoch,
            sequence=state.sequence,
            sealed_ms=state.sealed_ms,
            lost=state.lost,
        )

    @group.get("/sync", Question, Scope.PLACES, shapes.SyncShape)
    async def sync(asked: Question) -> shapes.SyncShape:
        """What is lost, late and quarantined, always together; and the lines to parent and children."""
        told = await reader.document("sync", "main", SyncStatus)
        return sync_of(told or SyncStatus(lost=(await reader.state()).lost))

    @group.get("/sites", Paged, Scope.PLACES, shapes.Page[shapes.SiteShape])
    async def sites(asked: Paged) -> shapes.Page[shapes.SiteShape]:
        """Sites, by key."""
        rows, cursor = page_by_key(await reader.sites(), lambda site: site.key, asked.cursor, asked.limit)
        return shapes.Page(items=[site_of(site) for site in rows], next_cursor=cursor)

    @group.get("/devices", OfSite, Scope.PLACES, shapes.Page[shapes.DeviceShape])
    async def devices(asked: OfSite) -> shapes.Page[shapes.DeviceShape]:
        """Devices with their state, by key."""
        known = {status.device: status for status in await reader.statuses()}
        wanted = [device for device in await reader.devices() if asked.site in (None, device.site)]
        rows, cursor = page_by_key(wanted, lambda device: device.key, asked.cursor, asked.limit)
        return shapes.Page(items=[device_of(device, known.get(device.key)) for device in rows], next_cursor=cursor)

    @group.get("/points", OfDevice, Scope.PLACES, shapes.Page[shapes.PointShape])
    async def points(asked: OfDevice) -> shapes.Page[shapes.PointShape]:
        """Points that were ever declared, by key."""
        known = (await service.moment.catalogue()).of(asked.site)
        wanted = [point for point in known.values() if asked.device in (None, point.device)]
        rows, cursor = page_by_key(wanted, lambda point: point.key, asked.cursor, asked.limit)
        return shapes.Page(items=[point_of(point) for point in rows], next_cursor=cursor)

    return group.router
