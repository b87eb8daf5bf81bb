"""Rules for devices whose JSON is mapped."""

from collections.abc import Iterator

from backend.model.device import GATEWAY
from backend.model.message import Message
from backend.model.point import Unit
from backend.settings.build_mapped import conversion_of, stored_unit
from backend.settings.marked import Marked, Path
from backend.settings.problem import Problem
from backend.settings.shapes import DeviceShape, PointShape

MAPPED = ("mqtt://", "sparkplug://", "push://", "http://", "https://")
"""Begin addresses of devices whose points stand in the file."""
CHANNELLED = ("mqtt://", "sparkplug://")
_WITHOUT = (Unit.RATIO, Unit.STATE)
_ROW_KEYS = ("path", "channel", "source_unit", "scale", "offset", "absent", "quoted")


def check_mapped(path: Path, device: DeviceShape, marked: Marked) -> Iterator[Problem]:
    """What is wrong with the points of one device."""
    is_mapped = device.address.startswith(MAPPED)
    if device.points and not is_mapped and not device.address.startswith(GATEWAY):
        schemes = ", ".join((GATEWAY, *MAPPED))
        yield marked.problem(
            (*path, "points"), Message("this key only where the address begins with {schemes}", {"schemes": schemes})
        )
        return
    for key in ("time", "serial"):
        if getattr(device, key) is not None and not is_mapped:
            schemes = ", ".join(MAPPED)
            expected = Message("this key only where the address begins with {schemes}", {"schemes": schemes})
            yield marked.problem((*path, key), expected)
    if is_mapped and not device.points and not speaks_our_way(device.address):
        yield marked.problem(
            (*path, "points"), Message("the points and where they stand in the JSON, such as ac_power with its path")
        )
    for name, shape in device.points.items():
        yield from _point((*path, "points", name), name, shape, device.address, marked)


def speaks_our_way(address: str) -> bool:
    """Whether the device keeps to our convention, which needs no mapping: ``mqtt://roof-sensor``, without a topic."""
    return address.startswith("mqtt://") and "/" not in address.removeprefix("mqtt://")


def _point(path: Path, name: str, shape: PointShape, address: str, marked: Marked) -> Iterator[Problem]:
    if stored_unit(name, shape) is None:
        yield marked.problem((*path, "unit"), Message("this key, because {name} is none of the known quantities", {"name": name}))
        return
    if address.startswith(GATEWAY):
        for key in sorted(shape.model_fields_set & set(_ROW_KEYS)):
            expected = Message("not this key; gateways send values in the stored unit")
            yield marked.problem((*path, key), expected)
        return
    yield from _row(path, name, shape, address, marked)


def _row(path: Path, name: str, shape: PointShape, address: str, marked: Marked) -> Iterator[Problem]:
    unit, found = stored_unit(name, shape), conversion_of(name, shape)
    if found is None and unit is not None:
        expected = Message("a unit that can be turned into {unit}", {"unit": unit.value})
        yield marked.problem((*path, "source_unit"), expected)
    elif found is not None and found.amount:
        yield marked.problem(
            (*path, "source_unit"), Message("the unit of a momentary value, such as W/m2; an amount needs its interval")
        )
    elif shape.source_unit is None and unit not in _WITHOUT:
        yield marked.problem((*path, "source_unit"), Message("this key: the unit in which the device writes it, such as kW"))
    if shape.scale == 0:
        yield marked.problem((*path, "scale"), Message("a number other than 0"))
    if shape.channel is not None and not address.startswith(CHANNELLED):
        expected = Message("this key only where the address begins with {schemes}", {"schemes": ", ".join(CHANNELLED)})
        yield marked.problem((*path, "channel"), expected)
    if shape.channel is None and address.startswith("sparkplug://"):
        yield marked.problem((*path, "channel"), Message("this key: the name of the metric"))
    if shape.path is None and not address.startswith(CHANNELLED):
        yield marked.problem((*path, "path"), Message("this key: the place in the JSON, such as $.meters[0].power"))
