"""The other quantities of the scene "Environment": a plate each, with figure and line."""

from app.kit.presenters.air import AirValue
from app.kit.presenters.tone import Shape
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.figure import figure_items, state_items
from app.kit.widgets.label import Align
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import width
from kiosk.scenes.environment.lines import line_items

GAP = 2.2
"""Between cards, in units of the screen."""
_HIGHEST, _HIGHEST_ALONE = 31.0, 44.0
_ROOMY = 9.0
"""Height in units under a figure from which a line of words has room beside the line of 24 hours."""
_FIGURE, _LARGER = 0.066, 0.030
"""Size of a figure on a low card, and how much larger it is on the highest one."""


def board(area: Box, count: int, columns: int, u: float) -> tuple[Box, ...]:
    """Boxes of equal height, row by row; the last row shares its width among fewer."""
    if not count:
        return ()
    rows = -(-count // columns)
    highest = _HIGHEST if rows > 1 or area.w < area.h else _HIGHEST_ALONE
    h = min(highest * u, (area.h - (rows - 1) * GAP * u) / rows)
    boxes: list[Box] = []
    for row in range(rows):
        here = min(columns, count - row * columns)
        w = (area.w - (here - 1) * GAP * u) / here
        boxes += [Box(area.x + n * (w + GAP * u), area.y + row * (h + GAP * u), w, h) for n in range(here)]
    return tuple(boxes)


def card_items(press: Press, box: Box, value: AirValue, palette: Palette) -> tuple[Item, ...]:
    """Title, figure with the day's extremes beside it, line."""
    u = press.unit
    air = max(0.0, min(1.0, (box.h / u - 20.4) / 10.6))
    inner = box.inset((1.8 + air) * u, (1.5 + 0.8 * air) * u)
    title = press.beside(value.title, inner, TYPE.label, TYPE.small, palette.ink, palette.muted)
    top = inner.y + (4.9 + 0.8 * air) * u
    body = Box(inner.x, top, inner.w, (7.0 + 1.6 * air) * u)
    line_top = body.bottom + (0.4 + 1.4 * air) * u
    below = Box(inner.x, line_top, inner.w, inner.bottom - line_top)
    plate = Plate(box, palette.plate, 2.0 * u, palette.plate_opacity)
    return (plate, *title, *_matter(press, body, below, value, _FIGURE + _LARGER * air, palette))


def _matter(press: Press, room: Box, below: Box, value: AirValue, share: float, palette: Palette) -> tuple[Item, ...]:
    """The figure or a word, and its line; an older figure never without its time."""
    if value.figure is None:
        assert value.state is not None
        return (*state_items(press, room, value.state, 0.046, TYPE.small, palette), *_line(press, below, value, palette))
    colour = palette.muted if value.note else palette.ink
    figure = figure_items(press, room, value.figure, share, colour, palette.muted)
    x = max(label.box.right for label in figure) + 1.6 * press.unit
    beside = Box(x, room.y, room.right - x, room.h)
    if value.note:
        time = _time(press, beside, value.note, palette)
        if not time:
            return (*figure, *_time(press, below, value.note, palette))
        return (*figure, *time, *_line(press, below, value, palette))
    if below.h <= _ROOMY * press.unit:
        return (*figure, *_extremes(press, beside, value, palette), *_line(press, below, value, palette))
    extremes = press.longest((value.extremes,), below, TYPE.small, palette.muted)
    taken = 4.6 * press.unit if extremes else 0.0
    return (*figure, *extremes, *_line(press, below._replace(y=below.y + taken, h=below.h - taken), value, palette))


def _line(press: Press, room: Box, value: AirValue, palette: Palette) -> tuple[Item, ...]:
    return line_items(press, room, value.trace, palette, value.is_live) if room.h > 3.0 * press.unit else ()


def _time(press: Press, room: Box, note: str, palette: Palette) -> tuple[Item, ...]:
    """The clock's shape and a time; nothing where they do not fit."""
    u, side = press.unit, 3.2 * press.unit
    words = Box(room.x + side + 0.8 * u, room.y + max(0.0, min(3.0 * u, room.h - 3.4 * u)), room.w - side - 0.8 * u, 0)
    time = press.longest((note,), words, TYPE.small, palette.muted)
    return (Mark(Box(room.x, words.y, side, side), Shape.CLOCK, palette.muted), *time) if time else ()


def _extremes(press: Press, room: Box, value: AirValue, palette: Palette) -> tuple[Item, ...]:
    """The day's highest over its lowest; nothing where they do not fit."""
    u, texts = press.unit, (value.high, value.low)
    if any(width(text, press.size(text, TYPE.small)) > room.w for text in texts):
        return ()
    places = (room._replace(y=room.y - 0.6 * u + number * 3.7 * u) for number in range(2))
    return tuple(
        label
        for text, place in zip(texts, places, strict=True)
        for label in press.line(text, place, TYPE.small, palette.muted, align=Align.RIGHT)
    )
