"""A chart of bars with its scale and the numbers under it."""

from app.kit.presenters.history import BarChart
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import width
from kiosk.scenes.history.bars import Ink, Pillar

AXIS = 5.0
"""Height in units of the numbers under the bars."""
PEN = 0.42
"""Width in units of strokes."""
_STEPS = (1, 2, 5, 10)


def ink_of(palette: Palette) -> Ink:
    """The chart's colours on a ground."""
    return Ink(palette.clear, palette.amber, palette.muted)


def chart_items(press: Press, area: Box, chart: BarChart, palette: Palette) -> tuple[Item, ...]:
    """Bars over the width of the area; the scale's figure stands over its line, at the left."""
    u, ink = press.unit, ink_of(palette)
    bars = Box(area.x, area.y, area.w, area.h - AXIS * u)
    step = bars.w / len(chart.bars)
    base = Plate(Box(bars.x, bars.bottom, bars.w, 0.22 * u), palette.muted, opacity=0.55)
    scale = _scale(press, bars, chart, palette)
    pillars = (
        Pillar(Box(bars.x + n * step, bars.y, step, bars.h), bar.known, bar.height, bar.last, bar.last_whole, ink, PEN * u)
        for n, bar in enumerate(chart.bars)
    )
    return (*scale, *pillars, base, *_numbers(press, bars, chart, palette))


def gutter(press: Press, chart: BarChart) -> float:
    """Room that the figure of the scale needs at the left of the bars, in pixels."""
    return width(chart.line_label, press.size(chart.line_label, TYPE.small)) + 1.4 * press.unit if chart.line_label else 0.0


def _scale(press: Press, bars: Box, chart: BarChart, palette: Palette) -> tuple[Item, ...]:
    if not chart.line_label:
        return ()
    u = press.unit
    y = bars.bottom - chart.line * bars.h
    w = gutter(press, chart)
    size = press.size(chart.line_label, TYPE.small)
    room = Box(bars.x - w, y - size * 0.5, w - 1.2 * u, 0)
    label = press.line(chart.line_label, room, TYPE.small, palette.muted, align=Align.RIGHT)
    return (Plate(Box(bars.x, y - 0.09 * u, bars.w, 0.18 * u), palette.muted, opacity=0.4), *label)


def _numbers(press: Press, bars: Box, chart: BarChart, palette: Palette) -> tuple[Item, ...]:
    """As many of the numbers as there is room for, in steps that people count in."""
    u, step = press.unit, bars.w / len(chart.labels)
    widest = max(width(text, press.size(text, TYPE.small)) for text in chart.labels)
    every = next((n for n in _STEPS if n * step >= widest + 1.0 * u), _STEPS[-1])
    items: tuple[Item, ...] = ()
    for number, text in enumerate(chart.labels, 1):
        if number != 1 and (number % every or (number - 1) * step < widest + 1.0 * u):
            continue
        needed = width(text, press.size(text, TYPE.small))
        x = bars.x + (number - 0.5) * step - needed / 2
        if number == 1 or x + needed <= bars.right + u:
            items += press.line(text, Box(x, bars.bottom + 1.3 * u, needed + 1, 0), TYPE.small, palette.muted)
    return items
