"""The line of 24 hours in the scene "Environment"."""

from app.kit.presenters.day_chart import Trace
from app.kit.presenters.trace import TraceView
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.curve import Curve, Places, Upright
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import width


def line_items(press: Press, area: Box, trace: TraceView, palette: Palette, live: bool, pen: float = 0.42) -> tuple[Item, ...]:
    """The known pieces, a live value as a dot at their end; the base line stands even where nothing is known."""
    u = press.unit
    base = Plate(Box(area.x, area.bottom - 0.1 * u, area.w, 0.2 * u), palette.muted, opacity=0.35)
    items: tuple[Item, ...] = (base,)
    places = [_place(piece, area) for piece in trace.pieces]
    for piece in places:
        items += (Curve(area.inset(-u, -u), piece, palette.clear, pen * u),)
    if places and live:
        x, y = places[-1][-1]
        r = 1.5 * pen * u
        items += (Plate(Box(x - r, y - r, 2 * r, 2 * r), palette.clear_text, r),)
    return items


def hour_marks(press: Press, area: Box, trace: TraceView, palette: Palette) -> tuple[Item, ...]:
    """Dotted lines at the labelled hours."""
    w = 0.24 * press.unit
    return tuple(Upright(Box(area.x + x * area.w - w, area.y, 2 * w, area.h), palette.muted, w) for x, _ in trace.hours)


def hour_labels(press: Press, area: Box, trace: TraceView, palette: Palette) -> tuple[Item, ...]:
    """The hours under a line that reaches over ``area``; those without room are left out."""
    items: tuple[Item, ...] = ()
    reached = area.x
    for x, text in trace.hours:
        needed = width(text, press.size(text, TYPE.small))
        left = min(max(area.x + x * area.w - needed / 2, area.x), area.right - needed)
        if left < reached:
            continue
        items += press.line(text, Box(left, area.bottom + 0.8 * press.unit, needed + 1, 0), TYPE.small, palette.muted)
        reached = left + needed + 2.0 * press.unit
    return items


def _place(trace: Trace, area: Box) -> Places:
    """Shares to pixels, rounded to quarters so that a picture stays the same as long as nothing visible moves."""
    return tuple((round((area.x + x * area.w) * 4) / 4, round((area.bottom - y * area.h) * 4) / 4) for x, y in trace)
