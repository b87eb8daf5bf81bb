"""The cards of the scene "Now": second numbers, at most a third of the hero."""

from dataclasses import replace

from app.kit.presenters.claims import Card
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import ASCENT

_FIGURE = 0.074
_GAP = 1.8
_HEIGHT = 15.0
"""Of a card without small print; each line of that adds ``_CREDIT``. In units of the screen."""
_CREDIT = 2.1


def card_items(press: Press, area: Box, cards: tuple[Card, ...], palette: Palette) -> tuple[Item, ...]:
    """One under the other, from the top of the area."""
    u = press.unit
    items: tuple[Item, ...] = ()
    y = area.y
    for card in cards:
        height = _HEIGHT + _CREDIT * (len(card.credits) if card.figure else 1)
        box = Box(area.x, y, area.w, height * u)
        items += (Plate(box, palette.plate, 2.0 * u, palette.plate_opacity), *_card(press, box, card, palette))
        y = box.bottom + _GAP * u
    return items


def _card(press: Press, box: Box, card: Card, palette: Palette) -> tuple[Item, ...]:
    u = press.unit
    inner = box.inset(2.4 * u, 1.4 * u)
    title = press.beside(card.title, inner, TYPE.body, TYPE.small, palette.ink, palette.muted)
    body = Box(inner.x, inner.y + 4.4 * u, inner.w, inner.h - 4.4 * u)
    if card.figure is None:
        return (*title, *_sentence(press, body, card, palette))
    return (*title, *_figure(press, body, card, palette))


def _figure(press: Press, area: Box, card: Card, palette: Palette) -> tuple[Item, ...]:
    assert card.figure is not None
    u = press.unit
    number = press.line(card.figure.number, Box(area.x, area.y - 0.05 * u, area.w, 0), _FIGURE, palette.ink, bold=True)
    unit = press.after(number[0], card.figure.unit, area, 0.042, palette.muted, gap=0.14)
    right_of = (unit or number)[0].box.right + 2.5 * u
    room = Box(right_of, 0, area.right - right_of, 0)
    baseline = number[0].box.y + number[0].size * ASCENT
    aside = _aside(press, room, baseline, card, palette)
    return (*number, *unit, *aside, *_credits(press, area, card.credits, palette))


def _credits(press: Press, area: Box, sources: tuple[str, ...], palette: Palette) -> tuple[Item, ...]:
    step = _CREDIT * press.unit
    top = area.bottom - step * len(sources) + 0.3 * press.unit
    rooms = (Box(area.x, top + number * step, area.w, 0) for number in range(len(sources)))
    return tuple(
        label for text, room in zip(sources, rooms, strict=True) for label in press.credit(text, room, 0.0175, palette.muted)
    )


def _aside(press: Press, room: Box, baseline: float, card: Card, palette: Palette) -> tuple[Item, ...]:
    """The comparison in the main language, its last line on the base line of the figure."""
    if not card.aside:
        return ()
    lines = press.lines(card.aside.main, room, TYPE.body, palette.ink, most=2, align=Align.RIGHT)
    shift = baseline - (lines[-1].box.y + lines[-1].size * ASCENT)
    return tuple(replace(line, box=line.box._replace(y=line.box.y + shift)) for line in lines)


def _sentence(press: Press, area: Box, card: Card, palette: Palette) -> tuple[Item, ...]:
    """A word of state with its shape, or an explanation in one or two lines per language."""
    u = press.unit
    if card.shape is not None:
        side = 5.4 * u
        mark = Mark(Box(area.x, area.y + 1.2 * u, side, side), card.shape, palette.grey)
        room = Box(area.x + side + 1.8 * u, area.y + 1.4 * u, area.w - side - 1.8 * u, 0)
        return (mark, *press.beside(card.sentence, room, TYPE.title, TYPE.small, palette.grey, palette.muted, bold=True))
    main = press.lines(card.sentence.main, area, TYPE.body, palette.ink, most=2)
    lowest = main[-1].box.bottom if main else area.y
    room = Box(area.x, lowest + 0.6 * u, area.w, 0)
    left = int((area.bottom + 0.9 * u - room.y) // (press.size(card.sentence.second, TYPE.small) * 1.12))
    second = press.lines(card.sentence.second, room, TYPE.small, palette.muted, most=min(2, left)) if left > 0 else ()
    return (*main, *second)
