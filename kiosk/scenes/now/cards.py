"""The cards of the scene "Now": second numbers, at most a third of the hero."""

from dataclasses import replace

from app.kit.presenters.bilingual import UNSAID
from app.kit.presenters.claims import Card
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import ASCENT, CUT, break_lines, width

_FIGURES = (0.074, 0.066, 0.058, 0.050)
"""Sizes of a figure as shares of the shorter side: the first that leaves room for the comparison beside it."""
_GAP = 1.8
_HEIGHT = 15.0
"""Of a card without small print; each line of that adds ``_CREDIT``. In units of the screen."""
_CREDIT = 2.1
_SENTENCE_HEIGHT = 19.2
_BEFORE_BODY = 4.9
_PADDING = 2.4
_SMALL = 0.0175


def card_items(press: Press, area: Box, cards: tuple[Card, ...], palette: Palette) -> tuple[Item, ...]:
    """One under the other, from the top of the area."""
    u = press.unit
    items: tuple[Item, ...] = ()
    y = area.y
    for card in cards:
        small = _small_print(press, card, area.w - 2 * _PADDING * u)
        height = (_HEIGHT + _CREDIT * len(small) if card.figure else _SENTENCE_HEIGHT) * u
        inner = Box(area.x, y, area.w, height).inset(_PADDING * u, 1.25 * u)
        content = _card(press, inner, card, small, palette)
        lowest = max(item.box.bottom for item in content)
        box = Box(area.x, y, area.w, max(height, lowest + 1.4 * u - y))
        items += (Plate(box, palette.plate, 2.0 * u, palette.plate_opacity), *content)
        y = box.bottom + _GAP * u
    return items


def _small_print(press: Press, card: Card, room: float) -> tuple[str, ...]:
    """The credits in lines that fit at the least size of small print."""
    size = press.least_credit
    rows = (row for credit in card.credits for row in break_lines(credit.replace("・", " ・"), room, size))
    return tuple(row.replace(" ・", "・").removeprefix("・") for row in rows)


def _card(press: Press, inner: Box, card: Card, small: tuple[str, ...], palette: Palette) -> tuple[Item, ...]:
    shift = _BEFORE_BODY * press.unit
    title = press.beside(card.title, inner, TYPE.body, TYPE.small, palette.ink, palette.muted)
    title_bottom = max((label.ink.bottom for label in title), default=inner.y)
    body = Box(inner.x, inner.y + shift, inner.w, inner.h - shift)
    if card.figure is None:
        return (*title, *_sentence(press, body, card, palette))
    for share in _FIGURES:
        figure = _figure(press, body, card, palette, share, title_bottom)
        if figure is not None:
            break
    else:
        figure = _figure(press, body, replace(card, aside=UNSAID), palette, _FIGURES[0], title_bottom) or ()
    return (*title, *figure, *_credits(press, body, small, palette))


def _figure(press: Press, area: Box, card: Card, palette: Palette, share: float, below: float) -> tuple[Item, ...] | None:
    """Number and unit with the comparison at the right, under ``below``; None where that does not fit."""
    assert card.figure is not None
    u = press.unit
    top = area.y + ASCENT * (_FIGURES[0] - share) * 100 * u
    number = press.line(card.figure.number, Box(area.x, top, area.w, 0), share, palette.ink, bold=True)
    unit = press.after(number[0], card.figure.unit, area, share * 0.57, palette.muted, gap=0.14)
    if not card.aside:
        return (*number, *unit)
    right_of = (unit or number)[0].box.right + 2.0 * u
    room = Box(right_of, below, area.right - right_of, 0)
    baseline = number[0].box.y + number[0].size * ASCENT
    aside = _aside(press, room, baseline, card, palette)
    return (*number, *unit, *aside) if aside else None


def _aside(press: Press, room: Box, baseline: float, card: Card, palette: Palette) -> tuple[Item, ...]:
    """The comparison in the main language, its last line on the base line of the figure; nothing where it does not fit."""
    lines = press.lines(card.aside.main, room, TYPE.body, palette.ink, most=2, align=Align.RIGHT)
    if room.w <= 0 or any(line.text.endswith(CUT) or width(line.text, line.size) > room.w for line in lines):
        return ()
    shift = baseline - (lines[-1].box.y + lines[-1].size * ASCENT)
    moved = tuple(replace(line, box=line.box._replace(y=line.box.y + shift)) for line in lines)
    return moved if moved[0].ink.y >= room.y else ()


def _credits(press: Press, area: Box, sources: tuple[str, ...], palette: Palette) -> tuple[Item, ...]:
    step = _CREDIT * press.unit
    top = area.bottom - step * len(sources) + 0.3 * press.unit
    rooms = (Box(area.x, top + number * step, area.w, 0) for number in range(len(sources)))
    return tuple(
        label for text, room in zip(sources, rooms, strict=True) for label in press.credit(text, room, _SMALL, palette.muted)
    )


def _sentence(press: Press, area: Box, card: Card, palette: Palette) -> tuple[Item, ...]:
    """A word of state with its shape, or an explanation in one or two lines per language."""
    u = press.unit
    if card.shape is not None:
        side = 5.4 * u
        mark = Mark(Box(area.x, area.y + 1.2 * u, side, side), card.shape, palette.grey)
        room = Box(area.x + side + 1.8 * u, area.y + 1.4 * u, area.w - side - 1.8 * u, 0)
        return (mark, *press.beside(card.sentence, room, TYPE.title, TYPE.small, palette.grey, palette.muted, bold=True))
    main = press.lines(card.sentence.main, area, TYPE.body, palette.ink, most=4)
    lowest = main[-1].box.bottom if main else area.y
    second = press.lines(card.sentence.second, Box(area.x, lowest + 0.8 * u, area.w, 0), TYPE.small, palette.muted, most=3)
    fits = second and not second[-1].text.endswith(CUT) and second[-1].box.bottom <= area.bottom + 0.5 * u
    return (*main, *second) if fits else main
