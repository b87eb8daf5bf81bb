"""The mapping at work: pure, nothing guessed. What is no number there is absent, and the reason is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Final, NamedTuple

from backend.drivers.contract import RawPoint
from backend.drivers.moment import Moment, read_moment
from backend.model.device import Device
from backend.model.json_path import MISSING, read_path
from backend.model.mapping import Mapping, Source
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading

_LARGEST: Final = 1e15
"""No quantity of a town is larger in its stored unit."""
_path: Final = cache(read_path)
"""A device's paths are few and come again with every message."""


class Found(NamedTuple):
    """The value of one point in its stored unit, or why there is none."""

    value: float | None
    quality: Quality = Quality.GOOD
    why: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one document gave."""

    readings: tuple[Reading, ...]
    moment: Moment


def readings_of(device: Device, sources: Iterable[Source], document: object, moment: Moment) -> tuple[Reading, ...]:
    """One reading for each source."""
    return tuple(_reading(device, source, look_up(document, source), moment) for source in sources)


def map_document(device: Device, mapping: Mapping, document: object, now_ms: int) -> Mapped:
    """All points of a document that holds them all, and when it says that they were measured."""
    moment = moment_of(mapping, document, now_ms)
    return Mapped(readings_of(device, mapping.sources, document, moment), moment)


def moment_of(mapping: Mapping, document: object, now_ms: int) -> Moment:
    """When the document says that its values were measured."""
    if mapping.time is None:
        return Moment(now_ms, Flag.CLOCK_SUSPECT, own=False)
    return read_moment(_path(mapping.time.path).find(document), mapping.time, now_ms)


def serial_of(mapping: Mapping, document: object) -> str:
    """What the device says its serial number is; empty where it says none."""
    found = _path(mapping.serial).find(document) if mapping.serial else MISSING
    return str(found)[:64] if isinstance(found, str | int) and not isinstance(found, bool) else ""


def look_up(document: object, source: Source) -> Found:
    """The value of one point."""
    return read_value(_path(source.path).find(document), source)


def read_value(written: object, source: Source) -> Found:
    """What the device wrote, in the stored unit."""
    if written is MISSING:
        return Found(None, Quality.BAD_NOT_SUPPORTED, "missing")
    if written is None or (isinstance(written, int | float | str) and _is_sentinel(written, source)):
        return Found(None, Quality.BAD_NOT_CONNECTED, "no data now")
    if source.quoted and isinstance(written, str):
        written = _unquoted(written)
    if isinstance(written, bool) or not isinstance(written, int | float):
        return Found(None, Quality.BAD_CONFIGURATION_ERROR, f"not a number: {type(written).__name__}")
    return _scaled(written, source)


def inspect(mapping: Mapping, document: object, units: dict[str, str]) -> Sequence[RawPoint]:
    """Every source, raw beside decoded."""
    return [_raw(source, document, units.get(source.point, "")) for source in mapping.sources]


def _raw(source: Source, document: object, unit: str) -> RawPoint:
    written, found = _path(source.path).find(document), look_up(document, source)
    raw = written if isinstance(written, int | float | str) else None
    return RawPoint(source.path, found.value, unit, raw, found.why or None, source.point)


def _reading(device: Device, source: Source, found: Found, moment: Moment) -> Reading:
    return Reading(f"{device.key}/{source.point}", moment.at_ms, found.value, found.quality, moment.flags)


def _is_sentinel(written: float | str, source: Source) -> bool:
    """A text is compared as it stands, a number as a number; true and false are neither."""
    if isinstance(written, bool):
        return False
    return any(isinstance(each, str) is isinstance(written, str) and each == written for each in source.absent)


def _unquoted(written: str) -> object:
    try:
        return float(written) if not {"_", " "} & set(written.strip()) else written
    except ValueError:
        return written


def _scaled(written: float, source: Source) -> Found:
    try:
        value = float(written) * source.factor + source.offset
    except OverflowError:
        return Found(None, Quality.BAD_SENSOR_FAILURE, "too large")
    if not isfinite(value):
        return Found(None, Quality.BAD_SENSOR_FAILURE, "not finite")
    if abs(value) > _LARGEST:
        return Found(None, Quality.BAD_SENSOR_FAILURE, "too large")
    return Found(value)
