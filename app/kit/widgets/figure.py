"""A large figure with its unit, or the word and shape that stand in its place."""

from dataclasses import replace

from app.kit.i18n.quantity import Quantity
from app.kit.presenters.charging import StateWord
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Label
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import ASCENT, CUT, width

_UNIT = 0.44
"""Size of a unit beside its number."""
_GAP = 0.09
_CAP = 0.765


def figure_size(press: Press, figure: Quantity, room: float, share: float) -> float:
    """The size in pixels at which number and unit fit side by side."""
    size = press.size(figure.number, share)
    unit = max(round(size * _UNIT), press.screen.least_size(figure.unit)) if figure.unit else 0
    needed = width(figure.number, size, bold=True) + (_GAP * size + width(figure.unit, unit) if unit else 0)
    return size if needed <= room else float(int(size * room / needed))


def figure_items(press: Press, room: Box, figure: Quantity, share: float, colour: str, muted: str) -> tuple[Label, ...]:
    """The top of the figures stands at the top of the room; as large as ``share`` where they fit."""
    size = figure_size(press, figure, room.w, share)
    shown = size / press.unit / 100
    top = room.y - (ASCENT - _CAP) * size
    number = press.line(figure.number, Box(room.x, top, room.w + 1, 0), shown, colour, bold=True)
    if not number or not figure.unit:
        return number
    return (*number, *press.after(number[0], figure.unit, Box(room.x, 0, room.w + 2, 0), shown * _UNIT, muted, gap=_GAP))


def state_items(
    press: Press, room: Box, state: StateWord, share: float, second_share: float, palette: Palette
) -> tuple[Item, ...]:
    """Shape and word, in two lines where it is long; the second language beneath where the room is high enough."""
    colour = palette.text(state.tone)
    side = press.size(state.word.main, share) * 1.12
    mark = Mark(Box(room.x, room.y, side, side), state.shape, colour)
    x = room.x + side * 1.3
    beside = Box(x, room.y + side * 0.06, room.right - x, 0)
    word = press.line(state.word.main, beside, share, colour, bold=True)
    if any(label.text.endswith(CUT) for label in word):
        side = press.size(state.word.main, 0.0)
        x = room.x + side * 1.2
        mark = Mark(Box(room.x, room.y + side * 0.1, side, side), state.shape, colour)
        beside = Box(x, room.y, room.right - x, 0)
        word = press.lines(state.word.main, beside, 0.0, colour, bold=True)
    if not word or not state.word.second:
        return (mark, *word)
    below = Box(x, word[-1].box.bottom + 0.5 * press.unit, beside.w, 0)
    second = press.longest((state.word.second,), below, second_share, palette.muted)
    return (mark, *word, *(label for label in second if label.box.bottom <= room.bottom + 0.5))


def centred(items: tuple[Item, ...], room: Box) -> tuple[Item, ...]:
    """Texts and shapes as they are to each other, in the middle of the room."""
    left, right = (min(item.box.x for item in items), max(item.box.right for item in items)) if items else (0.0, 0.0)
    shift = room.x + (room.w - (right - left)) / 2 - left
    kept = (item for item in items if isinstance(item, Label | Mark))
    return tuple(replace(item, box=item.box._replace(x=item.box.x + shift)) for item in kept)
