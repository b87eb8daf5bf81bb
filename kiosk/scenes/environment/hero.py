"""The first quantity of the scene "Environment": large, with its meaning and its 24 hours."""

from app.kit.presenters.air import AirValue, AirView
from app.kit.presenters.charging import StateWord
from app.kit.presenters.heat import HeatView
from app.kit.presenters.tone import Shape
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.figure import figure_items, state_items
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from kiosk.scenes.environment.lines import hour_labels, hour_marks, line_items
from kiosk.scenes.environment.steps import step_items

_FIGURE = 0.205
_CAPTION = 5.4
_HIGHEST_LINE = 38.0
_LEAST_LINE = 8.0
"""Height in units from which a line over 24 hours tells anything."""


def hero_items(press: Press, area: Box, view: AirView, palette: Palette) -> tuple[Item, ...]:
    """From top to bottom: caption, figure or word, meaning, scale, the line of 24 hours in what is left."""
    u, hero = press.unit, view.hero
    items: tuple[Item, ...] = press.beside(hero.title, area, 0.036, TYPE.small, palette.muted, palette.muted)
    room = _below(area, _CAPTION * u)
    items += _figure(press, room, hero, palette)
    room = _below(room, (17.4 if hero.figure else 14.4) * u)
    if hero.note:
        items += _note(press, room, hero, palette)
        room = _below(room, 5.2 * u)
    if view.heat is not None:
        meaning, room = _meaning(press, room, view.heat, palette)
        items += meaning
    elif hero.figure is not None and not hero.note:
        items += press.line(hero.extremes, room, TYPE.label, palette.ink)
        room = _below(room, 4.6 * u)
    return (*items, *_line(press, room, hero, palette))


def _below(room: Box, by: float) -> Box:
    return Box(room.x, room.y + by, room.w, room.h - by)


def _figure(press: Press, room: Box, hero: AirValue, palette: Palette) -> tuple[Item, ...]:
    if hero.figure is None:
        assert hero.state is not None
        return state_items(press, room._replace(h=14 * press.unit), hero.state, 0.085, TYPE.body, palette)
    colour = palette.muted if hero.note else palette.ink
    return figure_items(press, room, hero.figure, _FIGURE, colour, palette.muted)


def _note(press: Press, room: Box, hero: AirValue, palette: Palette) -> tuple[Item, ...]:
    side = press.size(hero.as_of.main, TYPE.label)
    mark = Mark(Box(room.x, room.y, side, side), Shape.CLOCK, palette.muted)
    beside = room._replace(x=room.x + side * 1.35, w=room.w - side * 1.35)
    return (mark, *press.beside(hero.as_of, beside, TYPE.label, TYPE.small, palette.ink, palette.muted))


def _meaning(press: Press, room: Box, heat: HeatView, palette: Palette) -> tuple[tuple[Item, ...], Box]:
    """Level, advice and scale, and the room that is left under them."""
    u = press.unit
    word = state_items(press, room._replace(h=10.6 * u), StateWord(heat.shape, heat.tone, heat.word), 0.056, TYPE.small, palette)
    room = _below(room, (11.0 if heat.word.second else 7.8) * u)
    advice = press.lines(heat.advice.main, room, TYPE.label, palette.ink)
    room = _below(room, advice[-1].box.bottom - room.y + 1.0 * u)
    items = (*word, *advice)
    if room.h >= 10.0 * u:
        items += step_items(press, room, heat, palette)
        room = _below(room, 9.4 * u)
    return items, room


def _line(press: Press, room: Box, hero: AirValue, palette: Palette) -> tuple[Item, ...]:
    """The line with its hours, where there is room for it."""
    u = press.unit
    area = Box(room.x, room.y + 1.6 * u, room.w, min(_HIGHEST_LINE * u, room.h - 1.6 * u - 4.4 * u))
    if area.h < _LEAST_LINE * u or not hero.trace.pieces:
        return ()
    return (
        *hour_marks(press, area, hero.trace, palette),
        *line_items(press, area, hero.trace, palette, hero.is_live, pen=0.55),
        *hour_labels(press, area, hero.trace, palette),
    )
