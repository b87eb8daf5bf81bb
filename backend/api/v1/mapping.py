"""From the engine's vocabulary to the API's shapes: the one place where they meet."""

from collections.abc import Container, Sequence
from dataclasses import asdict

from backend.api.v1 import shapes
from backend.model.device import ConnectorPlate, ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event
from backend.model.gap import Gap
from backend.model.point import LINK, Point
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.session import ChargingSession
from backend.model.site import Site
from backend.model.states import STATES, Connectivity, ConnectorState
from backend.model.sync import SyncStatus
from backend.store.contract import Reader

_FLAGS = [[flag.name for flag in Flag(bits)] for bits in range(256)]
"""Names by value: to ask an enumeration for them costs more than all the rest of a reading."""


def site_of(site: Site) -> shapes.SiteShape:
    """A site."""
    place = shapes.PlaceShape(latitude=site.place.latitude, longitude=site.place.longitude, elevation_m=site.place.elevation_m)
    return shapes.SiteShape(
        key=site.key,
        names=site.names,
        place=place,
        timezone=site.timezone,
        installed_kw=site.pv.installed_kw if site.pv else None,
        co2_wording=site.co2_wording,
    )


def device_of(device: Device, status: DeviceStatus | None) -> shapes.DeviceShape:
    """A device; one that was never heard of is UNKNOWN."""
    known = status or DeviceStatus(device.key, Connectivity.UNKNOWN, 0)
    return shapes.DeviceShape(
        key=device.key,
        site=device.site,
        kind=device.kind,
        names=device.names,
        interval_s=device.interval_s,
        rated_w=device.rated_w,
        operator=device.operator,
        attested=device.is_attested,
        status=shapes.StatusShape(
            connectivity=known.connectivity.name,
            since_ms=known.since_ms if status else None,
            last_seen_ms=known.last_seen_ms,
            health=known.health.name,
            causes=list(known.causes),
            maker=known.plate.maker,
            model=known.plate.model,
            serial=known.plate.serial,
            version=known.plate.version,
        ),
    )


def point_of(point: Point) -> shapes.PointShape:
    """A point."""
    spec = point.spec
    vocabulary = STATES.get(spec.states) if spec.states else None
    states = {member.name: member.value for member in vocabulary} if vocabulary else None
    return shapes.PointShape(
        key=point.key, device=point.device, name=spec.name, unit=spec.unit, kind=spec.kind, digits=spec.digits, states=states
    )


def reading_of(point: Point, reading: Reading, lost: Container[str]) -> dict[str, object]:
    """As ``shapes.ReadingShape``; what was good when it came is only the last thing known once the device is lost."""
    quality = reading.quality
    if quality.is_good and point.device in lost and point.spec.name != LINK.name:
        quality = Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
    return {
        "point": reading.point,
        "at_ms": reading.at_ms,
        "value": reading.value,
        "unit": point.spec.unit.value,
        "state": _state(point, reading),
        "severity": "good" if quality.is_good else "bad" if quality.is_bad else "uncertain",
        "quality": quality.name,
        "flags": _FLAGS[reading.flags],
    }


def _state(point: Point, reading: Reading) -> str | None:
    vocabulary = STATES.get(point.spec.states) if point.spec.states else None
    if vocabulary is None or reading.value is None:
        return None
    code = int(reading.value)
    return next((member.name for member in vocabulary if member.value == code), str(code))


def event_of(event: Event) -> shapes.EventShape:
    """An event."""
    return shapes.EventShape(at_ms=event.at_ms, kind=event.kind, subject=event.subject, data=event.data)


def gap_of(gap: Gap) -> shapes.GapShape:
    """A row of the gap ledger."""
    return shapes.GapShape(
        number=gap.number,
        subject=gap.subject,
        kind=gap.kind,
        cause=gap.cause,
        from_ms=gap.from_ms,
        to_ms=gap.to_ms,
        count=gap.count,
        recovered=gap.recovered,
    )


def sync_of(status: SyncStatus) -> shapes.SyncShape:
    """How a node stands with its parent and children."""
    return shapes.SyncShape.model_validate(asdict(status))


def charger_of(device: Device, status: DeviceStatus | None, connectors: Sequence[ConnectorStatus]) -> shapes.ChargerShape:
    """A charger with the connectors of its plate and those it told of; connector 0 is the station itself."""
    plates = {plate.number: plate for plate in device.connectors}
    told = {each.connector: each for each in connectors if each.device == device.key and each.connector > 0}
    connectivity = status.connectivity if status else Connectivity.UNKNOWN
    return shapes.ChargerShape(
        key=device.key,
        site=device.site,
        names=device.names,
        operator=device.operator,
        connectivity=connectivity.name,
        connectors=[_connector(number, plates.get(number), told.get(number)) for number in sorted(plates.keys() | told.keys())],
    )


def _connector(number: int, plate: ConnectorPlate | None, told: ConnectorStatus | None) -> shapes.ConnectorShape:
    known = told or ConnectorStatus("", number, ConnectorState.UNKNOWN, 0)
    return shapes.ConnectorShape(
        number=number,
        type=plate.type if plate else "",
        max_w=plate.max_w if plate else None,
        state=known.state.name,
        since_ms=known.since_ms if told else None,
        charging=known.charging.name,
        session_since_ms=known.session_since_ms,
        session_start_wh=known.session_start_wh,
        error=known.error,
    )


def session_shape(session: ChargingSession, operator: str) -> shapes.SessionShape:
    """A session that is over, with the operator of its charger."""
    return shapes.SessionShape.model_validate({**asdict(session), "operator": operator})


async def lost_devices(reader: Reader) -> set[str]:
    """Devices out of contact: their last values are no longer good."""
    return {status.device for status in await reader.statuses() if status.connectivity is Connectivity.LOST}
