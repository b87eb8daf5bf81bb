"""Whether a believed batch holds only what this store can work with: nothing another node sends may stop the fold or a reader."""

from collections.abc import Iterable
from math import isfinite
from zoneinfo import ZoneInfo

import msgspec

from backend.model.definitions import Definitions, Document
from backend.model.delivery import State
from backend.model.device import Device, DeviceStatus
from backend.model.node import Curve, NodeInfo
from backend.model.point import Point
from backend.model.site import Site
from backend.store.calendar import LAST_MS
from backend.store.tiers.keys import LARGEST_POINT
from backend.wire.batch import Batch

MOST_DIGITS = 15
LONGEST_INTERVAL_S = 1e6
_SHAPES: dict[str, type[Site | Device | NodeInfo | Curve]] = {
    "site": Site,
    "device": Device,
    "node": NodeInfo,
    "clear_sky": Curve,
}


def is_plausible(batch: Batch) -> bool:
    """Times between 1970 and ``LAST_MS``, points and documents of which something can be made."""
    at_ms = batch.readings.at_ms
    if len(at_ms) and not (at_ms.min() >= 0 and at_ms.max() < LAST_MS):
        return False
    if not (_is_time(batch.header.sealed_ms) and _is_text(batch.header.node)):
        return False
    return not (batch.events or batch.states or batch.definitions) or _is_rest_plausible(batch)


def _is_rest_plausible(batch: Batch) -> bool:
    if not all(_is_time(event.at_ms) and _is_text(event.subject) for event in batch.events):
        return False
    if not all(map(_is_state_plausible, batch.states)):
        return False
    return _are_definitions_plausible(batch.definitions)


def _is_state_plausible(state: State) -> bool:
    if isinstance(state, DeviceStatus):
        return _is_key(state.device) and _are_times((state.since_ms, state.last_seen_ms, state.health_since_ms))
    return _is_key(state.device) and _are_times((state.since_ms, state.session_since_ms))


def _are_definitions_plausible(definitions: Definitions) -> bool:
    points = ((numbered.number, numbered.point) for numbered in definitions.points)
    if not all(1 <= number <= LARGEST_POINT and _is_point_plausible(point) for number, point in points):
        return False
    return all(map(_is_document_plausible, definitions.documents))


def _is_point_plausible(point: Point) -> bool:
    spec = point.spec
    modulus = spec.modulus is None or (isfinite(spec.modulus) and spec.modulus > 0)
    return _is_key(point.device) and _is_text(spec.name) and 0 <= spec.digits <= MOST_DIGITS and modulus


def _is_document_plausible(document: Document) -> bool:
    shape = _SHAPES.get(document.kind)
    if shape is None or not _is_text(document.key):
        return shape is None
    if document.body is None:
        return True
    try:
        found: object = msgspec.msgpack.decode(document.body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    match found:
        case Site():
            return found.key == document.key and "/" not in found.key and _is_zone(found.timezone)
        case Device():
            return found.key == document.key and _is_key(found.key) and 0 < found.interval_s <= LONGEST_INTERVAL_S
        case _:
            return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _is_key(key: str) -> bool:
    """Whether it names a device: ``site/device``."""
    site, slash, device = key.partition("/")
    return bool(site and slash and device) and _is_text(key)


def _is_text(text: str) -> bool:
    """PostgreSQL keeps no zero bytes in a text."""
    return "\0" not in text


def _is_time(at_ms: int) -> bool:
    return 0 <= at_ms < LAST_MS


def _are_times(several: Iterable[int | None]) -> bool:
    return all(at_ms is None or _is_time(at_ms) for at_ms in several)
