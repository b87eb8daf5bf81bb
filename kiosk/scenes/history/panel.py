"""One period of the scene "History": its sum, its words, its bars."""

from app.kit.presenters.history import Period
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.figure import figure_items, state_items
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from kiosk.scenes.history.chart import chart_items, gutter


def panel_items(press: Press, box: Box, period: Period, share: float, palette: Palette) -> tuple[Item, ...]:
    """From top to bottom; ``share`` is the size of the figure."""
    u = press.unit
    inner = box.inset(2.6 * u, 1.9 * u)
    title = press.beside(period.title, inner, 0.036, TYPE.small, palette.ink, palette.muted)
    body = Box(inner.x, inner.y + 5.2 * u, inner.w, share * 76.5 * u)
    words_top = body.bottom + 2.0 * u
    words = _words(press, Box(inner.x, words_top, inner.w, 0), period, palette)
    lowest = max((label.box.bottom for label in words), default=words_top)
    chart_top = lowest + 2.6 * u
    left = gutter(press, period.chart)
    chart = Box(inner.x + left, chart_top, inner.w - left, inner.bottom - chart_top)
    return (
        Plate(box, palette.plate, 2.0 * u, palette.plate_opacity),
        *title,
        *_figure(press, body, period, share, palette),
        *words,
        *chart_items(press, chart, period.chart, palette),
    )


def _figure(press: Press, room: Box, period: Period, share: float, palette: Palette) -> tuple[Item, ...]:
    if period.figure is None:
        assert period.state is not None
        return state_items(press, room, period.state, 0.06, TYPE.small, palette)
    return figure_items(press, room, period.figure, share, palette.ink, palette.muted)


def _words(press: Press, room: Box, period: Period, palette: Palette) -> tuple[Item, ...]:
    """The comparison in both languages, then what is missing in the main one."""
    u = press.unit
    items: tuple[Item, ...] = ()
    for text, size, colour in (
        (period.comparison.main, TYPE.label, palette.ink),
        (period.comparison.second, TYPE.small, palette.muted),
        (period.missing.main, TYPE.small, palette.muted),
    ):
        if not text:
            continue
        whole = text == period.comparison.second
        labels = press.longest((text,), room, size, colour) if whole else press.lines(text, room, size, colour)
        items += labels
        if labels:
            room = room._replace(y=labels[-1].box.bottom + 0.8 * u)
    return items
