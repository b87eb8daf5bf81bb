"""From the view of the scene "Energy flow" to what is painted."""

from dataclasses import dataclass

from app.kit.presenters.flow import FlowView
from app.kit.presenters.flow_words import Part
from app.kit.presenters.sky import SkyView
from app.kit.presenters.tone import Shape
from app.kit.theme import KIOSK, TYPE
from app.kit.widgets.backdrop import Backdrop, Picture, grounded
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.figure import centred, figure_items, state_items
from app.kit.widgets.label import Align
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from app.kit.widgets.screen import Screen
from kiosk.scenes.flow.emblem import Emblem
from kiosk.scenes.flow.house import house_items
from kiosk.scenes.flow.places import End, arrange
from kiosk.scenes.flow.stream import Band, Route, Stream

_NARROW, _WIDE = 1.2, 3.0
"""Width of a band of the least and of the largest flow, in units of the screen."""
_ARROW = 1.15
_SPACING = 5.0
_FILLS = {Part.SUN: KIOSK.sun_arc, Part.GRID: "#6C87B4", Part.BATTERY: KIOSK.leaf_fill, Part.CARS: "#3C86CF"}


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """What stands still, and what flows on it."""

    ground: tuple[Item, ...]
    items: tuple[Item, ...]
    streams: tuple[Stream, ...]

    def at(self, step: int) -> Picture:
        """With the arrows where they are at one of their steps."""
        return self.ground, (*(arrow for stream in self.streams for arrow in stream.arrows(step)), *self.items)


def compose(view: FlowView, screen: Screen) -> FlowPicture:
    """Lay out everything that the view says."""
    backdrop = Backdrop(screen, view.frame.sky)
    palette = backdrop.palette
    house, ends = arrange(view.parts, backdrop.board, screen.is_portrait, screen.unit)
    ground, items = grounded(
        (
            backdrop.heaven,
            *backdrop.framed(view.frame),
            *(_band(end, palette, screen.unit) for end in ends),
            *house_items(backdrop.on_plate, house, view, palette),
            *(item for end in ends for item in _end(backdrop.on_sky, end, view.frame.sky, palette)),
        )
    )
    return FlowPicture(ground, items, tuple(_stream(end, screen.unit) for end in ends if end.part.into))


def _band(end: End, palette: Palette, u: float) -> Band:
    into = end.part.into
    width = (_NARROW + (_WIDE - _NARROW) * abs(into) if into else 0.5) * u
    return Band(end.route.box(width), end.route, _FILLS[end.part.part] if into else palette.muted, width, dashed=not into)


def _stream(end: End, u: float) -> Stream:
    route = end.route if end.part.into > 0 else Route(end.route.end, end.route.start, end.route.upright)
    return Stream(route, "#FFFFFF", _ARROW * u, _SPACING * u)


def _end(press: Press, end: End, sky: SkyView, palette: Palette) -> tuple[Item, ...]:
    """Disc and words; colour only where something flows."""
    disc = "#1C2A48" if sky.dark else "#FFFFFF"
    rim = _FILLS[end.part.part] if end.part.into else palette.muted
    return (Emblem(end.disc, end.part.part, rim, disc, palette.ink, end.part.fill), *_words(press, end, palette))


def _words(press: Press, end: End, palette: Palette) -> tuple[Item, ...]:
    u, part, room = press.unit, end.part, end.words
    align = Align.CENTRE if end.centred else Align.LEFT
    title = press.line(part.title.main, room, TYPE.label, palette.ink, bold=True, align=align)
    if title and not end.centred:
        title += press.after(title[0], part.title.second, room, TYPE.small, palette.muted) if part.title.second else ()
    body = room._replace(y=room.y + 4.6 * u, h=6.4 * u)
    if part.figure is None:
        assert part.state is not None
        matter = state_items(press, body, part.state, 0.040, TYPE.small, palette)
    else:
        colour = palette.muted if part.note else palette.ink
        matter = figure_items(press, body, part.figure, 0.072, colour, palette.muted)
    matter = centred(matter, room) if end.centred else matter
    below = room._replace(y=room.y + 11.4 * u)
    return (*title, *matter, *_detail(press, below, end, align, palette))


def _detail(press: Press, room: Box, end: End, align: Align, palette: Palette) -> tuple[Item, ...]:
    """What it does, or of what time its figure is; the second language beneath."""
    u, part = press.unit, end.part
    if part.note:
        side = 3.2 * u
        words = press.line(part.note, room._replace(x=room.x + side + 0.9 * u), TYPE.small, palette.muted)
        items = (Mark(Box(room.x, room.y, side, side), Shape.CLOCK, palette.muted), *words)
        return centred(items, room) if end.centred else items
    if not part.detail:
        return ()
    main = press.line(part.detail.main, room, TYPE.small, palette.ink, align=align)
    if not end.centred:
        return main
    below = room._replace(y=main[-1].box.bottom + 0.5 * u)
    return (*main, *press.line(part.detail.second, below, TYPE.small, palette.muted, align=align))
