"""From the checked keys of a file to the vocabulary of the engine."""

from pathlib import Path

from backend.model.device import GATEWAY, ConnectorPlate, Device, Security
from backend.model.kiosk import KioskPlan, SceneSlot
from backend.model.site import Array, Factor, Factors, Place, Site
from backend.settings.build_mapped import broker, mapping_of, push_listener, specs_of
from backend.settings.node import (
    ApiListener,
    EchonetPort,
    Follow,
    IngestListener,
    NodeSettings,
    OcppListener,
    Parent,
    Retention,
    TlsFiles,
)
from backend.settings.shapes import (
    ApiShape,
    DeviceShape,
    FactorShape,
    FactorsShape,
    FileShape,
    IngestShape,
    KioskShape,
    OcppShape,
    SiteShape,
)

_MEGABYTE = 1 << 20
_POLLED_EVERY_S = 5.0
_TOLD_EVERY_S = 60.0
TELLING = ("mqtt://", "sparkplug://", "push://")
"""Begin addresses of devices that send by themselves, as often as they like."""


def build(file: FileShape, source: Path) -> NodeSettings:
    """Paths in the file count from the folder in which it lies."""
    folder = source.parent
    return NodeSettings(
        name=file.node.name,
        cache=(folder / file.node.cache).absolute(),
        sites=tuple(_site(key, site, file.factors) for key, site in file.sites.items()),
        devices=tuple(
            _device(site_key, key, device, _usual_interval_s(device, file))
            for site_key, site in file.sites.items()
            for key, device in site.devices.items()
        ),
        kiosk=_plan(file.kiosk) if file.kiosk else None,
        ocpp=_listener(file, folder),
        mqtt=broker(file, folder),
        push=push_listener(file, folder),
        echonet=EchonetPort(file.echonet.interface or "", file.echonet.port),
        api=_api(file.api, folder) if file.api else None,
        retention=_retention(file),
        batch_s=file.node.batch_seconds,
        source=source,
        store=file.node.store,
        parent=Parent(file.parent.url, file.parent.parcel_kb * 1024) if file.parent else None,
        follow=Follow(tuple(file.follow.sites), file.follow.days) if file.follow else None,
        ingest=_ingest(file.ingest, folder) if file.ingest else None,
    )


def _site(key: str, shape: SiteShape, shared: FactorsShape) -> Site:
    return Site(
        key=key,
        names=dict(shape.name),
        place=Place(shape.place.latitude, shape.place.longitude, shape.place.elevation_m),
        timezone=shape.timezone,
        pv=Array(shape.pv.installed_kw, shape.pv.tilt_deg, shape.pv.azimuth_deg) if shape.pv else None,
        co2_wording=shape.co2_wording,
        factors=_factors(shape.factors, shared),
    )


def _factors(own: FactorsShape | None, shared: FactorsShape) -> Factors:
    """A site's own rows stand before those of the whole file."""
    mine = own or FactorsShape()
    return Factors(
        co2=_factor(mine.co2 or shared.co2),
        cedar=_factor(mine.cedar or shared.cedar),
        household=_factor(mine.household or shared.household),
    )


def _factor(shape: FactorShape | None) -> Factor | None:
    if shape is None:
        return None
    return Factor(
        shape.value,
        shape.unit,
        shape.year,
        dict(shape.source),
        shape.kind,
        shape.supplier,
        shape.published,
    )


def _usual_interval_s(shape: DeviceShape, file: FileShape) -> float:
    """Chargers send by themselves, at the interval that we ask them for; gateways as they like."""
    if shape.address.startswith((GATEWAY, *TELLING)):
        return _TOLD_EVERY_S
    if not shape.address.startswith("ocpp://"):
        return _POLLED_EVERY_S
    return float((file.ocpp or OcppShape()).sample_s)


def _device(site: str, key: str, shape: DeviceShape, usual_s: float) -> Device:
    calls_us = shape.address.startswith("ocpp://")
    return Device(
        key=f"{site}/{key}",
        site=site,
        kind=shape.kind,
        names=dict(shape.name),
        address=shape.address,
        interval_s=shape.interval_s or usual_s,
        rated_w=shape.rated_w,
        connectors=tuple(ConnectorPlate(plug.number, plug.type, plug.max_w) for plug in shape.connectors),
        security=(shape.security or Security.TLS_CERTIFICATE) if calls_us else None,
        operator=shape.operator,
        points=specs_of(shape),
        mapping=mapping_of(shape),
        measures=shape.measures,
    )


def _plan(shape: KioskShape) -> KioskPlan:
    usual = KioskPlan(shape.site)
    return KioskPlan(
        site=shape.site,
        scenes=tuple(SceneSlot(slot.name, slot.seconds) for slot in shape.scenes) if shape.scenes else usual.scenes,
        languages=tuple(shape.languages),
        screen_height_mm=shape.screen_height_mm,
        viewing_distance_m=shape.viewing_distance_m,
        motion=shape.motion,
        town=dict(shape.town) if shape.town else None,
    )


def _listener(file: FileShape, folder: Path) -> OcppListener | None:
    called = any(device.address.startswith("ocpp://") for site in file.sites.values() for device in site.devices.values())
    if file.ocpp is None:
        return OcppListener() if called else None
    return OcppListener(
        file.ocpp.host,
        file.ocpp.port,
        _tls(file.ocpp, folder),
        file.ocpp.heartbeat_s,
        file.ocpp.sample_s,
        file.ocpp.tls.port if file.ocpp.tls else None,
    )


def _api(shape: ApiShape, folder: Path) -> ApiListener:
    tls = TlsFiles(folder / shape.tls.certificate, folder / shape.tls.key) if shape.tls else None
    return ApiListener(shape.host, shape.port, tls, shape.requests_per_second)


def _ingest(shape: IngestShape, folder: Path) -> IngestListener:
    return IngestListener(
        tuple(shape.names),
        (folder / shape.authority).absolute(),
        shape.host,
        shape.port,
        shape.silent_seconds,
        shape.quarantine_days,
    )


def _retention(file: FileShape) -> Retention:
    """A node that takes in what others signed keeps the proof of a number for as long as the number."""
    keep = file.node.retention
    proof_days = keep.proof_days or (keep.raw_days if file.ingest else Retention().proof_days)
    return Retention(keep.cap_mb * _MEGABYTE, keep.raw_days, keep.minute_days, keep.quarter_days, proof_days)


def _tls(shape: OcppShape, folder: Path) -> TlsFiles | None:
    if shape.tls is None:
        return None
    authority = folder / shape.tls.client_ca if shape.tls.client_ca else None
    return TlsFiles(folder / shape.tls.certificate, folder / shape.tls.key, authority)
