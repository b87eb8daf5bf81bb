"""One connector's card in the scene "EV chargers"."""

from app.kit.presenters.ev import EvCard
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import width

_STRIPE = 1.5
_ROOMY = 26.0
"""Height in units from which a card has room for a main and a second line under the state."""
_ROOMY_WIDTH = 42.0
_USUAL = 31.0
"""Height in units of a roomy card at its usual size; a higher one is set larger."""
_TWO_LINES = 7.6
_WIDE = 50.0
"""Width in units of a card at its usual size."""
_COMPACT = 16.6
"""Height in units of what a compact card says."""


def card_items(press: Press, box: Box, card: EvCard, palette: Palette) -> tuple[Item, ...]:
    """Name, plug and power; the state large with its shape; what else is known."""
    if box.h < _ROOMY * press.unit or box.w < _ROOMY_WIDTH * press.unit:
        return _compact(press, box, card, palette)
    scale = max(1.0, min(1.7, box.h / (_USUAL * press.unit), box.w / (_WIDE * press.unit)))
    return _roomy(press, box, card, palette, scale)


def _plate(press: Press, box: Box, card: EvCard, palette: Palette, scale: float = 1.0) -> Plate:
    u = press.unit * scale
    colour = palette.text(card.state.tone)
    return Plate(box, palette.plate, 2.0 * u, palette.plate_opacity, stripe=colour, stripe_width=_STRIPE * u)


def _roomy(press: Press, box: Box, card: EvCard, palette: Palette, scale: float) -> tuple[Item, ...]:
    u = press.unit * scale
    colour = palette.text(card.state.tone)
    x, w = box.x + 4.5 * u, box.w - 6.3 * u
    y = box.y + max(2.6 * u, (box.h - _USUAL * u) / 2 + 3.0 * u)
    heading, height = _heading(press, Box(x, y, w, 0), card, palette, scale)
    about = press.line(card.plate, Box(x, y + (height + 1.2) * u, w, 0), TYPE.small * scale, palette.muted)
    top, side = y + (height + 7.4 if height < _TWO_LINES else height + 5.3) * u, 6.0 * u
    mark = Mark(Box(x, top, side, side), card.state.shape, colour)
    word = press.line(card.state.word.main, Box(x + side + 1.8 * u, top, w - side - 1.8 * u, 0), 0.060 * scale, colour, bold=True)
    under = Box(x, top + side + 1.6 * u, w, 0)
    detail = press.longest(card.detail, under, TYPE.body * scale, palette.ink)
    below = under._replace(y=detail[0].box.bottom + 0.8 * u) if detail else under
    second = press.longest(card.second, below, TYPE.small * scale, palette.muted)
    return (_plate(press, box, card, palette, scale), *heading, *about, mark, *word, *detail, *second)


def _heading(press: Press, room: Box, card: EvCard, palette: Palette, scale: float) -> tuple[tuple[Item, ...], float]:
    """Site and name in one line where they fit, else the name over the site; and the height in units before scaling."""
    full = f"{card.site} {card.name}".strip()
    share = 0.039 * scale
    if not card.site or width(full, press.size(full, share), bold=True) <= room.w:
        return press.line(full, room, share, palette.ink, bold=True), 3.8
    name = press.line(card.name, room, share, palette.ink, bold=True)
    below = room._replace(y=room.y + 4.7 * press.unit * scale)
    return (*name, *press.line(card.site, below, TYPE.small * scale, palette.muted)), _TWO_LINES


def _compact_heading(press: Press, room: Box, card: EvCard, palette: Palette) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """As above; in short cards the site takes the place of power and plug where all do not fit."""
    full = f"{card.site} {card.name}".strip()
    below = room._replace(y=room.y + 4.0 * press.unit)
    if not card.site or width(full, press.size(full, 0.033), bold=True) <= room.w:
        return press.line(full, room, 0.035, palette.ink, bold=True), press.line(card.plate, below, TYPE.small, palette.muted)
    wordings = (f"{card.site}・{card.plate}", card.site)
    about = press.longest(wordings, below, TYPE.small, palette.muted) or press.line(card.site, below, TYPE.small, palette.muted)
    return press.line(card.name, room, 0.035, palette.ink, bold=True), about


def _compact(press: Press, box: Box, card: EvCard, palette: Palette) -> tuple[Item, ...]:
    u = press.unit
    colour = palette.text(card.state.tone)
    x, w = box.x + 3.4 * u, box.w - 4.5 * u
    y = box.y + max(1.5 * u, (box.h - _COMPACT * u) / 2)
    heading, about = _compact_heading(press, Box(x, y, w, 0), card, palette)
    top, side = y + 7.7 * u, 4.4 * u
    mark = Mark(Box(x, top, side, side), card.state.shape, colour)
    word = press.line(card.state.word.main, Box(x + side + 1.3 * u, top, w - side - 1.3 * u, 0), 0.046, colour, bold=True)
    under = Box(x, top + side + 0.9 * u, w, 0)
    last = press.longest(card.detail or card.second, under, TYPE.small, palette.muted)
    return (_plate(press, box, card, palette), *heading, *about, mark, *word, *last)
