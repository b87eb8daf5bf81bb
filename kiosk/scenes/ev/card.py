"""One connector's card in the scene "EV chargers"."""

from app.kit.presenters.ev import EvCard
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.mark import Mark
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press

_STRIPE = 1.5
_ROOMY = 26.0
"""Height in units from which a card has room for a main and a second line under the state."""


def card_items(press: Press, box: Box, card: EvCard, palette: Palette) -> tuple[Item, ...]:
    """Name, plug and power; the state large with its shape; what else is known."""
    u = press.unit
    colour = palette.text(card.state.tone)
    roomy = box.h >= _ROOMY * u
    pad = (3.0 if roomy else 1.7) * u
    side = (_STRIPE + (3.0 if roomy else 2.2)) * u
    inner = Box(box.x + side, box.y + pad, box.w - side - 1.8 * u, box.h - 2 * pad)
    plate = Plate(box, palette.plate, 2.0 * u, palette.plate_opacity, stripe=colour, stripe_width=_STRIPE * u)
    title = press.line(card.title, inner, 0.039 if roomy else 0.035, palette.ink, bold=True)
    below = Box(inner.x, inner.y + (5.0 if roomy else 4.2) * u, inner.w, 0)
    about = press.line(card.plate, below, TYPE.small, palette.muted)
    state_top = below.y + (5.4 if roomy else 3.9) * u
    state = _state(press, Box(inner.x, state_top, inner.w, 0), card, palette, roomy)
    return (plate, *title, *about, *state)


def _state(press: Press, room: Box, card: EvCard, palette: Palette, roomy: bool) -> tuple[Item, ...]:
    u = press.unit
    colour = palette.text(card.state.tone)
    side = (6.0 if roomy else 4.6) * u
    mark = Mark(Box(room.x, room.y, side, side), card.state.shape, colour)
    word_room = Box(room.x + side + 1.8 * u, room.y, room.w - side - 1.8 * u, 0)
    word = press.line(card.state.word.main, word_room, 0.060 if roomy else 0.046, colour, bold=True)
    y = room.y + side + (1.7 if roomy else 1.0) * u
    if not roomy:
        text = card.detail.main or card.state.word.second
        return (mark, *word, *press.line(text, Box(room.x, y, room.w, 0), TYPE.small, palette.muted))
    detail = press.line(card.detail.main, Box(room.x, y, room.w, 0), TYPE.body, palette.ink)
    y = detail[0].box.bottom + 0.9 * u if detail else y
    second = "・".join(part for part in (card.state.word.second, card.detail.second) if part)
    return (mark, *word, *detail, *press.line(second, Box(room.x, y, room.w, 0), TYPE.small, palette.muted))
