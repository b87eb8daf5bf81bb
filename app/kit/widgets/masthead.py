"""The top of a scene: whose it is at the left, the time at the right."""

from dataclasses import dataclass

from app.kit.presenters.bilingual import Pair
from app.kit.theme import KIOSK, TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.label import Align
from app.kit.widgets.palette import Palette
from app.kit.widgets.plate import Plate
from app.kit.widgets.press import Press, solid
from app.kit.widgets.typeset import ASCENT, width


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
    """Title and subtitle, clock and date; a demo is named between them."""
    u = press.unit
    clock_size = press.size(head.clock, TYPE.clock)
    clock_width = width(head.clock, clock_size, bold=True)
    right = max(clock_width, width(head.under_clock, press.size(head.under_clock, TYPE.body)))
    clock_room = Box(box.right - right, box.y, right, clock_size)
    baseline = box.y + clock_size * ASCENT
    items: tuple[Item, ...] = press.line(head.clock, clock_room, TYPE.clock, palette.ink, bold=True, align=Align.RIGHT)
    items += press.line(
        head.under_clock, Box(clock_room.x, baseline + 1.6 * u, right, u), TYPE.body, palette.muted, align=Align.RIGHT
    )
    left = Box(box.x, box.y + 0.4 * u, box.w - right - 3 * u, box.h)
    title = press.line(head.title, left, TYPE.title, palette.ink, bold=True)
    accent: tuple[Item, ...] = ()
    if title and head.accent:
        accent_room = Box(title[0].box.right + 2.2 * u, left.y, left.right - title[0].box.right - 2.2 * u, left.h)
        if width(head.accent, press.size(head.accent, TYPE.title), bold=True) > accent_room.w:
            accent_room = Box(left.x, left.y + 1.25 * title[0].size, left.w, left.h)
        accent = press.line(head.accent, accent_room, TYPE.title, head.accent_colour, bold=True)
    lowest = max((item.box.bottom for item in (*title, *accent)), default=left.y)
    subtitle = press.longest(head.subtitles, Box(left.x, lowest + 1.1 * u, left.w, u), TYPE.small, palette.muted)
    items += (*title, *accent, *subtitle)
    widest = max((item.box.right for item in (*title, *accent)), default=left.x)
    return items + _demo_badge(press, Box(widest + 3 * u, box.y + 0.2 * u, left.right - widest - 3 * u, u), head.demo)


def _demo_badge(press: Press, room: Box, demo: Pair) -> tuple[Item, ...]:
    """A badge that nobody takes for part of the data; without its second language where room is short."""
    u = press.unit
    for text in (f"{demo.main}  {demo.second}".rstrip(), demo.main):
        size = press.size(text, TYPE.small)
        plate = Box(0, room.y, width(text, size, bold=True) + 3.2 * u, size + 1.9 * u)
        if text and plate.w <= room.w:
            plate = Box(room.right - plate.w, room.y, plate.w, plate.h)
            label = Press(press.screen, solid(KIOSK.ink)).line(
                text, plate.inset(1.5 * u, 0.95 * u), TYPE.small, KIOSK.sun, bold=True
            )
            return (Plate(plate, KIOSK.ink, plate.h / 2), *label)
    return ()
