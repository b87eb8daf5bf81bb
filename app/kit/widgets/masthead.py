"""The top of a scene: whose it is at the left, the time at the right."""

from dataclasses import dataclass

from app.kit.presenters.bilingual import Pair
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press, solid
from app.kit.widgets.typeset import ASCENT, width

_LEAST_TITLE = 0.040
_ROOM_FOR_TWO = 90.0
"""Width in units from which a demo is named in both languages."""


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands there."""

    title: str
    subtitles: tuple[str, ...]
    """Wordings of the line beneath, longest first."""
    clock: str
    under_clock: str
    demo: Pair
    accent: str = ""
    """Behind the title in ``accent_colour``: the scene's message in one breath."""
    accent_colour: str = ""


def masthead(press: Press, box: Box, head: Masthead, palette: Palette) -> tuple[Item, ...]:
    """Title and subtitle, clock and date; a demo is named between them, whatever has to shrink for it."""
    u = press.unit
    clock = _clock(press, box, head, palette)
    edge = min(item.box.x for item in clock) - 3 * u
    left = Box(box.x, box.y + 0.4 * u, edge - box.x, box.h)
    badge = _demo_badge(press, Box(left.x, box.y + 0.2 * u, left.w, 0), head.demo, palette)
    title_room = left._replace(w=min((item.box.x - 3 * u for item in badge), default=edge) - left.x)
    title = _title(press, title_room, head, palette)
    lowest = max((item.box.bottom for item in title), default=left.y)
    subtitle = press.longest(head.subtitles, Box(left.x, lowest + 1.1 * u, left.w, u), TYPE.small, palette.muted)
    return (*clock, *badge, *title, *subtitle)


def _clock(press: Press, box: Box, head: Masthead, palette: Palette) -> tuple[Item, ...]:
    size = press.size(head.clock, TYPE.clock)
    w = max(width(head.clock, size, bold=True), width(head.under_clock, press.size(head.under_clock, TYPE.body)))
    room = Box(box.right - w, box.y, w, size)
    below = room._replace(y=box.y + size * ASCENT + 1.6 * press.unit)
    return (
        *press.line(head.clock, room, TYPE.clock, palette.ink, bold=True, align=Align.RIGHT),
        *press.line(head.under_clock, below, TYPE.body, palette.muted, align=Align.RIGHT),
    )


def _title(press: Press, room: Box, head: Masthead, palette: Palette) -> tuple[Item, ...]:
    """The accent stands behind the title, under it where there is no room; a long name takes two lines."""
    title = press.line(head.title, room, TYPE.title, palette.ink, bold=True)
    if width(head.title, press.size(head.title, _LEAST_TITLE), bold=True) > room.w and not head.accent:
        title = press.lines(head.title, room, _LEAST_TITLE, palette.ink, bold=True)
    if not title or not head.accent:
        return title
    x = title[0].box.right + 2.2 * press.unit
    beside = Box(x, room.y, room.right - x, room.h)
    if width(head.accent, press.size(head.accent, TYPE.title), bold=True) > beside.w:
        beside = room._replace(y=room.y + 1.25 * title[0].size)
    return (*title, *press.line(head.accent, beside, TYPE.title, head.accent_colour, bold=True))


def _demo_badge(press: Press, room: Box, demo: Pair, palette: Palette) -> tuple[Item, ...]:
    """A badge at the right of the room that nobody takes for part of the data; in one language where room is short."""
    if not demo:
        return ()
    u = press.unit
    text = f"{demo.main}  {demo.second}".rstrip() if room.w >= _ROOM_FOR_TWO * u else demo.main
    size = press.size(text, TYPE.small)
    w, h = width(text, size, bold=True) + 3.2 * u, size + 1.9 * u
    plate = Box(room.right - w, room.y, w, h)
    on_badge = Press(press.screen, solid(palette.badge))
    label = on_badge.line(text, plate.inset(1.5 * u, 0.95 * u), TYPE.small, palette.badge_ink, bold=True)
    return (Plate(plate, palette.badge, h / 2), *label)
