"""Where each point of a model stands in a block of registers, repeating and nested groups included."""

import struct
from dataclasses import dataclass

from backend.drivers.sunspec.codec import Absence, Decoded, decode, scaled
from backend.drivers.sunspec.definitions import GroupDefinition, PointDefinition

REQUEST_WORDS = 125
"""Most registers that Modbus gives in one answer."""
_ABSENT_COUNT = 0xFFFF


@dataclass(frozen=True, slots=True)
class Place:
    """One point of one block."""

    path: str
    """Within the model, groups counted from 0: ``module[3].DCW``, ``Crv[0].MustTrip.Pt[1].V``."""
    point: PointDefinition
    offset: int
    """Registers from the model's ID word."""
    scale_offset: int | None
    """Where its scale factor stands."""

    @property
    def end(self) -> int:
        """First register behind it, its scale factor included."""
        end = self.offset + self.point.words
        return end if self.scale_offset is None else max(end, self.scale_offset + 1)


def lay_out(definition: GroupDefinition, head: bytes, words: int) -> tuple[Place, ...]:
    """Places of all points of a block of ``words`` registers (ID and length included).

    ``head`` must hold the model's own points, which say how often groups repeat.
    """
    return tuple(_Layout(definition, head, words).places)


class _Layout:
    def __init__(self, definition: GroupDefinition, head: bytes, words: int) -> None:
        self.places: list[Place] = []
        self._head = head
        self._words = words
        self._top: dict[str, int] = {}
        self._top = self._offsets(definition, 0)
        self._group(definition, "", 0)

    def _offsets(self, group: GroupDefinition, offset: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for point in group.points:
            found[point.name] = offset
            offset += point.words
        return found

    def _group(self, group: GroupDefinition, prefix: str, offset: int) -> int:
        own = self._offsets(group, offset)
        for point in group.points:
            self.places.append(Place(prefix + point.name, point, offset, self._scale(point, own)))
            offset += point.words
        for inner in group.groups:
            if inner.count is None:
                offset = self._group(inner, f"{prefix}{inner.name}.", offset)
                continue
            for index in range(self._count(inner, offset)):
                if offset >= self._words:
                    break
                offset = self._group(inner, f"{prefix}{inner.name}[{index}].", offset)
        return offset

    def _scale(self, point: PointDefinition, own: dict[str, int]) -> int | None:
        return own.get(point.scale, self._top.get(point.scale)) if isinstance(point.scale, str) else None

    def _count(self, group: GroupDefinition, offset: int) -> int:
        if isinstance(group.count, str):
            return self._named_count(group.count)
        if group.count:
            return group.count
        return max(0, self._words - offset) // max(1, sum(point.words for point in group.points))

    def _named_count(self, name: str) -> int:
        place = self._top.get(name)
        if place is None or len(self._head) < 2 * place + 2:
            return 0
        count: int = struct.unpack_from(">H", self._head, 2 * place)[0]
        return 0 if count == _ABSENT_COUNT else count


def read_place(place: Place, block: bytes, words: int) -> Decoded:
    """The scaled value of a point from the registers of its block, which may end early."""
    data = block[2 * place.offset : 2 * (place.offset + place.point.words)]
    if len(data) < 2 * place.point.words:
        return Decoded(None, None, Absence.TRUNCATED if place.offset + place.point.words > words else Absence.REFUSED)
    found = decode(place.point.kind, data)
    if place.point.scale is None or not isinstance(found.value, int):
        return found
    factor = exponent(place, block)
    if isinstance(factor, Absence):
        return Decoded(found.raw, None, factor)
    return Decoded(found.raw, scaled(found.value, factor))


def exponent(place: Place, block: bytes) -> int | Absence:
    """Power of ten of a point's scale factor, or why the point is worth nothing without it."""
    if place.point.scale is None:
        return 0
    if isinstance(place.point.scale, int):
        return place.point.scale
    if place.scale_offset is None:
        return Absence.NO_SCALE
    data = block[2 * place.scale_offset : 2 * place.scale_offset + 2]
    factor = decode("sunssf", data).value if len(data) == 2 else None
    if not isinstance(factor, int):
        return Absence.NO_SCALE
    return factor if -10 <= factor <= 10 else Absence.BAD_SCALE


def pieces(places: tuple[Place, ...], words: int) -> list[tuple[int, int]]:
    """(offset, count) of the requests for the first ``words`` registers; no point is cut in two.

    Pieces with scale factors come first, so that reading them once more at the end proves that they held still.
    """
    starts = sorted({place.offset for place in places if place.offset < words} | {words})
    cuts = [0]
    for start, following in zip(starts, [*starts[1:], words], strict=True):
        if following - cuts[-1] > REQUEST_WORDS and start > cuts[-1]:
            cuts.append(start)
    found: list[tuple[int, int]] = []
    for start, end in zip(cuts, [*cuts[1:], words], strict=True):
        found += [(at, min(REQUEST_WORDS, end - at)) for at in range(start, end, REQUEST_WORDS)]
    return sorted(found, key=lambda piece: not has_scale(places, piece))


def has_scale(places: tuple[Place, ...], piece: tuple[int, int]) -> bool:
    """Whether a scale factor stands in this piece of a block."""
    start, count = piece
    return any(place.point.kind == "sunssf" and start <= place.offset < start + count for place in places)
