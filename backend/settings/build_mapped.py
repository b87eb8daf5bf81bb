"""From checked keys to the vocabulary: points of devices whose JSON is mapped, and where they are met."""

from dataclasses import replace
from pathlib import Path

from backend.model.device import GATEWAY
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.point import PointKind, PointSpec, Unit
from backend.model.quantities import QUANTITIES
from backend.model.unit_conversion import Conversion, conversion
from backend.settings.node import MqttBroker, PushListener, TlsFiles
from backend.settings.shapes import DeviceShape, FileShape, PointShape

_PLAIN_PORT, _TLS_PORT = 1883, 8883


def specs_of(device: DeviceShape) -> tuple[PointSpec, ...]:
    """What the device may tell."""
    return tuple(_spec(name, shape) for name, shape in device.points.items())


def mapping_of(device: DeviceShape) -> Mapping | None:
    """Where in its JSON that stands; None for a device that has no JSON of its own."""
    if device.address.startswith(GATEWAY) or not (device.points or device.time or device.serial):
        return None
    sources = tuple(_source(name, shape) for name, shape in device.points.items())
    time = TimeField(device.time.path, device.time.format, device.time.zone) if device.time else None
    return Mapping(sources, time, device.serial or "")


def stored_unit(name: str, shape: PointShape) -> Unit | None:
    """None where neither the file nor our list of quantities tells it."""
    known = QUANTITIES.get(name)
    return shape.unit or (known.unit if known else None)


def conversion_of(name: str, shape: PointShape) -> Conversion | None:
    """From what the device writes, scale and offset applied, to what is stored; None where there is no way."""
    unit = stored_unit(name, shape)
    if unit is None or shape.source_unit is None:
        return Conversion(unit) if unit else None
    return conversion(shape.source_unit, unit)


def _spec(name: str, shape: PointShape) -> PointSpec:
    """What the file says goes before what we know of the quantity."""
    unit = stored_unit(name, shape) or Unit.RATIO
    known = QUANTITIES.get(name) or PointSpec(name, unit)
    modulus = shape.modulus
    if modulus is not None:
        modulus *= abs(_factor(name, shape))
    return replace(
        known,
        unit=unit,
        kind=shape.kind or (PointKind.ACCUMULATING if modulus else known.kind),
        digits=known.digits if shape.digits is None else shape.digits,
        low=known.low if shape.low is None else shape.low,
        high=known.high if shape.high is None else shape.high,
        modulus=modulus,
    )


def _source(name: str, shape: PointShape) -> Source:
    found = conversion_of(name, shape) or Conversion(Unit.RATIO)
    offset = shape.offset * found.factor + found.offset
    absent = tuple(shape.absent)
    return Source(name, shape.path or "$", _factor(name, shape), offset, absent, shape.quoted, shape.channel or "")


def _factor(name: str, shape: PointShape) -> float:
    found = conversion_of(name, shape)
    return shape.scale * (found.factor if found else 1.0)


def broker(file: FileShape, folder: Path) -> MqttBroker | None:
    """Where to find what devices say by MQTT; on this computer where the file does not say, and any device does."""
    shape = file.mqtt
    if shape is None:
        return MqttBroker() if _any_begins(file, ("mqtt://", "sparkplug://")) else None
    tls = shape.tls
    return MqttBroker(
        shape.host,
        shape.port or (_TLS_PORT if tls else _PLAIN_PORT),
        shape.username,
        shape.client_id,
        5 if shape.version == "5" else 3,
        tls is not None,
        folder / tls.ca if tls and tls.ca else None,
    )


def push_listener(file: FileShape, folder: Path) -> PushListener | None:
    """Where devices send JSON to; at the usual port where the file does not say, and any device does."""
    shape = file.push
    if shape is None:
        return PushListener() if _any_begins(file, ("push://",)) else None
    tls = TlsFiles(folder / shape.tls.certificate, folder / shape.tls.key) if shape.tls else None
    return PushListener(shape.host, shape.port, tls)


def _any_begins(file: FileShape, schemes: tuple[str, ...]) -> bool:
    return any(device.address.startswith(schemes) for site in file.sites.values() for device in site.devices.values())
