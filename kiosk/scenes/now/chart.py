"""The lower half of the scene "Now": the sun's arc, the day's hill, the hours."""

from dataclasses import replace

from app.kit.presenters.bilingual import Pair
from app.kit.presenters.day_chart import DayChart, Trace
from app.kit.presenters.sky import SkyView
from app.kit.theme import KIOSK, TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.curve import Curve, Hill, Places, Upright
from app.kit.widgets.heaven import Heaven, Sun
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press, solid
from app.kit.widgets.typeset import width
from kiosk.scenes.now.areas import Areas

_SUN_RADIUS = 3.5


def ground_items(press: Press, areas: Areas, sky: SkyView, chart: DayChart, palette: Palette) -> tuple[Item, ...]:
    """Everything that stays still for a minute: sky, arc, hill, sun, the strip of hours."""
    u = press.unit
    heaven = Box(0, 0, press.screen.width, areas.earth.y)
    items: list[Item] = [Heaven(heaven, sky.stops, sky.stars)]
    arc, clear = _place(chart.arc, areas.chart), _place(chart.clear, areas.chart)
    if arc and not sky.dark:
        items.append(Curve(_around(arc, areas.chart, u), arc, KIOSK.sun_arc, 0.42 * u, dash=0.0, gap=2.6))
    for hill in chart.hills:
        places = _place(hill, areas.chart)
        top = min(y for _, y in places)
        box = Box(places[0][0], top, places[-1][0] - places[0][0], areas.chart.bottom - top)
        items.append(Hill(box, places, palette.hill_top, palette.hill_foot, palette.hill_crest, 0.35 * u))
    if clear:
        items.append(Curve(_around(clear, areas.chart, u), clear, palette.clear, 0.4 * u, dash=3.0, gap=2.6))
    if chart.sun is not None:
        items += _sun(press, areas.chart, chart.sun, palette)
    items.append(Plate(areas.earth, palette.earth))
    return tuple(items)


def _place(trace: Trace, area: Box) -> Places:
    """Shares to pixels, rounded to quarters so that a picture stays the same as long as nothing visible moves."""
    return tuple((round((area.x + x * area.w) * 4) / 4, round((area.bottom - y * area.h) * 4) / 4) for x, y in trace)


def _around(places: Places, area: Box, pen: float) -> Box:
    top = min(y for _, y in places)
    return Box(places[0][0] - pen, top - pen, places[-1][0] - places[0][0] + 2 * pen, area.bottom - top + 2 * pen)


def _sun(press: Press, area: Box, sun: tuple[float, float], palette: Palette) -> list[Item]:
    u = press.unit
    radius, glow = _SUN_RADIUS * u, 11 * u
    ((x, y),) = _place((sun,), area)
    x = round(x / (0.25 * u)) * 0.25 * u
    line_top = y + radius * 1.3
    items: list[Item] = []
    if line_top < area.bottom:
        items.append(Upright(Box(x - 0.3 * u, line_top, 0.6 * u, area.bottom - line_top), palette.muted, 0.32 * u))
    items.append(Sun(Box(x - glow, y - glow, 2 * glow, 2 * glow), radius, KIOSK.sun, KIOSK.sun))
    return items


def hour_items(press: Press, areas: Areas, chart: DayChart, palette: Palette) -> tuple[Item, ...]:
    """The hours, written into the earth under the hill."""
    strip = areas.earth
    on_earth = Press(press.screen, solid(palette.earth))
    items: tuple[Item, ...] = ()
    for x, text in chart.hours:
        size = on_earth.size(text, TYPE.small)
        needed = width(text, size)
        left = min(max(areas.chart.x + x * areas.chart.w - needed / 2, areas.chart.x), areas.chart.right - needed)
        room = Box(left, strip.y + (strip.h - size) / 2, needed + 1, 0)
        items += on_earth.line(text, room, TYPE.small, "#FFFFFF")
    return items


def clear_label(press: Press, areas: Areas, chart: DayChart, label: Pair, palette: Palette) -> tuple[Item, ...]:
    """What the dashed line means, set into the line like the height on a map's contour."""
    peak = max((y for _, y in chart.clear), default=0.0)
    falling = [(x, y) for x, y in chart.clear if x > 0.5 and y <= peak * 0.62]
    if not falling or not label:
        return ()
    u = press.unit
    x, y = falling[0]
    size, h, pad = press.size(label.main, TYPE.small), 5.0 * u, 1.4 * u
    on_pill = Press(press.screen, solid(palette.pill))
    top = areas.chart.bottom - y * areas.chart.h - h / 2
    room = Box(0, top + (h - size) / 2, areas.chart.w, 0)
    texts = on_pill.beside(label, room, TYPE.small, TYPE.small, palette.clear_text, palette.muted)
    w = max(text.box.right for text in texts) + 2 * pad
    left = min(areas.chart.x + x * areas.chart.w - w / 2, areas.chart.right - w)
    shifted = (replace(text, box=text.box._replace(x=text.box.x + left + pad)) for text in texts)
    return (Plate(Box(left, top, w, h), palette.pill, h / 2), *shifted)
