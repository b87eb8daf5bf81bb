"""From the view of the scene "History" to what is painted."""

from app.kit.presenters.history import HistoryView
from app.kit.widgets.backdrop import Backdrop, Picture, grounded
from app.kit.widgets.box import Box
from app.kit.widgets.screen import Screen
from kiosk.scenes.history.keys import ROW, key_items, key_rows
from kiosk.scenes.history.panel import panel_items

_BETWEEN = 2.6
_MONTH, _YEAR = 0.150, 0.105
"""Sizes of the figures."""


def compose(view: HistoryView, screen: Screen) -> Picture:
    """Lay out everything that the view says."""
    backdrop = Backdrop(screen, view.frame.sky)
    palette, u, board = backdrop.palette, screen.unit, backdrop.board
    rows = key_rows(backdrop.on_sky, view.keys, board.w, palette)
    keys = board._replace(y=board.bottom - (len(rows) * ROW - 1.0) * u)
    month, year = _parts(board._replace(h=board.h - (len(rows) * ROW + 0.6) * u), screen)
    return grounded(
        (
            backdrop.heaven,
            *backdrop.framed(view.frame),
            *panel_items(backdrop.on_plate, month, view.month, _MONTH, palette),
            *panel_items(backdrop.on_plate, year, view.year, _YEAR if month.x != year.x else _MONTH, palette),
            *key_items(rows, keys, u),
        )
    )


def _parts(area: Box, screen: Screen) -> tuple[Box, Box]:
    """The month at the left and the year beside it; in portrait one over the other."""
    gap = _BETWEEN * screen.unit
    if screen.is_portrait:
        h = (area.h - gap) / 2
        return area._replace(h=h), area._replace(y=area.y + h + gap, h=h)
    w = (area.w - gap) * 0.58
    return area._replace(w=w), area._replace(x=area.x + w + gap, w=area.w - w - gap)
