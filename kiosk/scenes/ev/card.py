"""One connector's card in the scene "EV chargers"."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.presenters.ev import EvCard
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import CUT, width

_STRIPE = 1.5
_ROOMY = 24.0
"""Height in units from which a card has room for a main and a second line under the state."""
_ROOMY_WIDTH = 42.0
_USUAL = 31.0
"""Height in units of a roomy card at its usual size; a higher one is set larger, where it is wide enough too."""
_WIDE = 50.0
_COMPACT = 16.6
"""Height in units of what a compact card says."""


@dataclass(frozen=True, slots=True)
class CardStyle:
    """How all cards of a board are set, so that they stand in line."""

    roomy: bool
    two_lines: bool
    """Name over site, because some do not fit side by side."""
    scale: float = 1.0


def style_of(press: Press, box: Box, cards: Sequence[EvCard]) -> CardStyle:
    """The style for cards as large as ``box``."""
    u = press.unit
    roomy = box.h >= _ROOMY * u and box.w >= _ROOMY_WIDTH * u
    scale = max(1.0, min(1.7, box.h / (_USUAL * u), box.w / (_WIDE * u))) if roomy else 1.0
    size = 0.039 * scale if roomy else 0.033
    room = box.w - (6.3 * scale if roomy else 4.5) * u
    too_long = (width(_full(card), press.size(_full(card), size), bold=True) > room for card in cards if card.site)
    two_lines = any(too_long) and box.h >= (_ROOMY + 3.2) * u * scale if roomy else any(too_long)
    return CardStyle(roomy, two_lines, scale)


def card_items(press: Press, box: Box, card: EvCard, style: CardStyle, palette: Palette) -> tuple[Item, ...]:
    """Name, plug and power; the state large with its shape; what else is known."""
    content = _roomy(press, box, card, style, palette) if style.roomy else _compact(press, box, card, style, palette)
    return (_plate(press, box, card, palette, style.scale), *content)


def _full(card: EvCard) -> str:
    return f"{card.site} {card.name}".strip()


def _plate(press: Press, box: Box, card: EvCard, palette: Palette, scale: float = 1.0) -> Plate:
    u = press.unit * scale
    colour = palette.text(card.state.tone)
    return Plate(box, palette.plate, 2.0 * u, palette.plate_opacity, stripe=colour, stripe_width=_STRIPE * u)


def _roomy(press: Press, box: Box, card: EvCard, style: CardStyle, palette: Palette) -> tuple[Item, ...]:
    """From top to bottom, with more air where the card is higher."""
    u = press.unit * style.scale
    colour = palette.text(card.state.tone)
    said = 22.8 if style.two_lines else 19.9
    air = max(0.3, min(1.25, (box.h / u - said) / 9.6)) * u
    x, w = box.x + 4.5 * u, box.w - 6.3 * u
    room = Box(x, box.y + max(2.2 * air, (box.h - said * u - 9.6 * air) * 0.5 + 2.2 * air), w, 0)
    title = card.name if style.two_lines else _full(card)
    items = _title(press, title, room, style, palette)
    room = _down(room, max(3.9 * u, items[-1].box.bottom - room.y - 0.6 * u) + 1.0 * air) if items else room
    for text in (card.site, card.plate) if style.two_lines else (card.plate,):
        labels = press.lines(text, room, TYPE.small * style.scale, palette.muted, most=2)
        items += labels
        lower = labels[-1].box.y - room.y if labels else 0.0
        room = _down(room, lower + 2.9 * u + 0.7 * air)
    room = _down(room, 1.5 * air)
    side = 6.0 * u
    word_room = Box(x + side + 1.8 * u, room.y, w - side - 1.8 * u, 0)
    word = press.line(card.state.word.main, word_room, 0.060 * style.scale, colour, bold=True)
    if any(label.text.endswith(CUT) for label in word):
        word = press.lines(card.state.word.main, word_room, TYPE.small, colour, bold=True)
    items += (Mark(Box(x, room.y, side, side), card.state.shape, colour), *word)
    room = _down(room, max(side, *(label.box.bottom - room.y for label in word)) + 1.5 * air)
    detail = press.longest(card.detail, room, TYPE.body * style.scale, palette.ink)
    room = _down(room, 3.5 * u + 0.6 * air) if detail else room
    return (*items, *detail, *press.longest(card.second, room, TYPE.small * style.scale, palette.muted))


def _title(press: Press, title: str, room: Box, style: CardStyle, palette: Palette) -> tuple[Item, ...]:
    """In one line, where need be a little smaller, else in two."""
    for size in (0.039 * style.scale, 0.034 * style.scale):
        line = press.line(title, room, size, palette.ink, bold=True)
        if not any(label.text.endswith(CUT) for label in line):
            return line
    return press.lines(title, room, 0.034 * style.scale, palette.ink, bold=True)


def _down(room: Box, by: float) -> Box:
    return room._replace(y=room.y + by)


def _compact(press: Press, box: Box, card: EvCard, style: CardStyle, palette: Palette) -> tuple[Item, ...]:
    """Four lines; where the site needs one of its own, plug and power follow it as far as they fit."""
    u = press.unit
    colour = palette.text(card.state.tone)
    room = Box(box.x + 3.4 * u, box.y + max(1.5 * u, (box.h - _COMPACT * u) / 2), box.w - 4.5 * u, 0)
    title = press.line(card.name if style.two_lines else _full(card), room, 0.035, palette.ink, bold=True)
    second_line = _down(room, 4.0 * u)
    wordings = (f"{card.site}・{card.plate}", card.site) if style.two_lines and card.site else (card.plate,)
    about = press.longest(wordings, second_line, TYPE.small, palette.muted)
    about = about or press.line(wordings[-1], second_line, TYPE.small, palette.muted)
    state, side = _down(room, 7.7 * u), 4.4 * u
    mark = Mark(Box(state.x, state.y, side, side), card.state.shape, colour)
    word_room = Box(state.x + side + 1.3 * u, state.y, state.w - side - 1.3 * u, 0)
    word = press.line(card.state.word.main, word_room, 0.046, colour, bold=True)
    last = press.longest(card.detail or card.second, _down(state, side + 0.9 * u), TYPE.small, palette.muted)
    return (*title, *about, mark, *word, *last)
