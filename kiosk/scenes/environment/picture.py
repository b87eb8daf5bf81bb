"""From the view of the scene "Environment" to what is painted."""

from app.kit.presenters.air import AirView
from app.kit.widgets.backdrop import Backdrop, Picture, grounded
from app.kit.widgets.box import Box
from app.kit.widgets.screen import Screen
from kiosk.scenes.environment.card import board, card_items
from kiosk.scenes.environment.hero import hero_items

_BETWEEN = 5.0
"""Between the hero and the cards, in units of the screen."""
_COLUMN = 40.0


def compose(view: AirView, screen: Screen) -> Picture:
    """Lay out everything that the view says."""
    backdrop = Backdrop(screen, view.frame.sky)
    palette, u = backdrop.palette, screen.unit
    hero, cards = _parts(backdrop.board, screen, len(view.cards))
    columns = 1 if len(view.cards) == 1 else max(2, int(cards.w // (_COLUMN * u)))
    boxes = board(cards, len(view.cards), columns, u)
    return grounded(
        (
            backdrop.heaven,
            *backdrop.framed(view.frame),
            *hero_items(backdrop.on_sky, hero, view, palette),
            *(
                item
                for box, value in zip(boxes, view.cards, strict=True)
                for item in card_items(backdrop.on_plate, box, value, palette)
            ),
        )
    )


def _parts(area: Box, screen: Screen, cards: int) -> tuple[Box, Box]:
    """The hero at the left, or above in portrait; the whole board where there is nothing else."""
    u = screen.unit
    if not cards:
        return area, area
    if screen.is_portrait:
        rows = -(-cards // 2)
        below = min(rows * 33.2, 69.0 if rows > 2 else 66.4) * u
        return area._replace(h=area.h - below - 3 * u), Box(area.x, area.bottom - below, area.w, below)
    w = (area.w - _BETWEEN * u) * 0.48
    return area._replace(w=w), Box(area.x + w + _BETWEEN * u, area.y, area.w - w - _BETWEEN * u, area.h)
