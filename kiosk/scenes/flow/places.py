"""Where things stand in the scene "Energy flow", in landscape and in portrait."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.presenters.flow import FlowPart
from app.kit.presenters.flow_words import Part
from app.kit.widgets.box import Box
from kiosk.scenes.flow.house import ROOF
from kiosk.scenes.flow.stream import Route

DISC = 11.5
"""Diameter of an end's disc, in units of the screen."""
_NODE = 31.0
"""Height of an end with its words beneath the disc."""
_ROW = 15.0
"""Height of an end with its words beside the disc."""
_APART = 9.0


@dataclass(frozen=True, slots=True)
class End:
    """One end of the flow: its disc, the room for its words, and its way to the house."""

    part: FlowPart
    disc: Box
    words: Box
    centred: bool
    """Whether the words stand in the middle of their room, under the disc."""
    route: Route
    """From the disc to the house."""


def arrange(parts: Sequence[FlowPart], area: Box, portrait: bool, u: float) -> tuple[Box, tuple[End, ...]]:
    """The house and the ends. Sources stand on one side, what takes on the other, as long as there are any."""
    first, second = _sides(parts)
    return _upright(first, second, area, u) if portrait else _wide(first, second, area, u)


def _sides(parts: Sequence[FlowPart]) -> tuple[list[FlowPart], list[FlowPart]]:
    first = [part for part in parts if part.part in (Part.SUN, Part.GRID)]
    second = [part for part in parts if part.part not in (Part.SUN, Part.GRID)]
    return (first[:1], first[1:]) if not second else (first, second)


def _wide(first: Sequence[FlowPart], second: Sequence[FlowPart], area: Box, u: float) -> tuple[Box, tuple[End, ...]]:
    """Ends at the left and at the right, words under the discs."""
    column = min(max(0.22 * area.w, 29 * u), 38 * u)
    wide = min(max(area.w - 2 * column - 2 * _APART * u, 36 * u), 58 * u)
    high = min(area.h, 56 * u)
    house = Box(area.x + (area.w - wide) / 2, area.y + (area.h - high) / 2, wide, high)
    ends: list[End] = []
    for side, x in ((first, area.x), (second, area.right - column)):
        for number, part in enumerate(side):
            row = area.h / len(side)
            top = area.y + number * row + max(0.0, (row - _NODE * u) / 2)
            disc = Box(x + (column - DISC * u) / 2, top, DISC * u, DISC * u)
            words = Box(x, disc.bottom + 0.9 * u, column, (_NODE - DISC - 0.9) * u)
            left = x < house.x
            start = (disc.right if left else disc.x, disc.y + disc.h / 2)
            wall = house.y + house.h * (ROOF + (1 - ROOF) * (0.5 if len(side) == 1 else (0.22, 0.72)[number]))
            end = (house.x + 3 * u if left else house.right - 3 * u, wall)
            ends.append(End(part, disc, words, centred=True, route=Route(start, end)))
    return house, tuple(ends)


def _upright(first: Sequence[FlowPart], second: Sequence[FlowPart], area: Box, u: float) -> tuple[Box, tuple[End, ...]]:
    """Ends above and below, words beside the discs."""
    wide, high = min(74 * u, area.w), 58 * u
    middle = area.y + area.h / 2 + (0 if second else _ROW / 2 * u)
    house = Box(area.x + (area.w - wide) / 2, middle - high / 2, wide, high)
    ends: list[End] = []
    for side, top in ((first, area.y), (second, area.bottom - _ROW * u)):
        for number, part in enumerate(side):
            w = area.w / len(side)
            x = area.x + number * w + (0 if len(side) > 1 else w * 0.25)
            disc = Box(x, top + (_ROW - DISC) / 2 * u, DISC * u, DISC * u)
            words = Box(disc.right + 1.8 * u, top, min(w, 44 * u) - DISC * u - 2.8 * u, _ROW * u)
            above = top < house.y
            cx = disc.x + disc.w / 2
            at = min(max(cx, house.x + 10 * u), house.right - 10 * u)
            roof = house.y + house.h * ROOF * abs(at - house.x - house.w / 2) / (house.w / 2)
            route = Route((cx, disc.bottom if above else disc.y), (at, roof if above else house.bottom), upright=True)
            ends.append(End(part, disc, words, centred=False, route=route))
    return house, tuple(ends)
