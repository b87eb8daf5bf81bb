"""From the view of the scene "EV chargers" to what is painted."""

from dataclasses import dataclass

from app.kit.presenters.ev import EvCard, EvView
from app.kit.presenters.sky import Stops, colour_at
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.footer import footer, footer_height, margin
from app.kit.widgets.heaven import Heaven
from app.kit.widgets.label import Align
from app.kit.widgets.masthead import Masthead, masthead
from app.kit.widgets.palette import DARK, LIGHT, Palette
from app.kit.widgets.plate import Dots, parted
from app.kit.widgets.press import Grounds, Press
from app.kit.widgets.screen import Screen
from kiosk.scenes.ev.card import card_items, style_of
from kiosk.scenes.ev.grid import Placed, paginate

_DAY: Stops = ((0.0, "#E6F0F8"), (1.0, "#F6FAFC"))
_NIGHT: Stops = ((0.0, "#0B1630"), (1.0, "#14233F"))


@dataclass(frozen=True, slots=True)
class EvPicture:
    """One page, painted, and how many there are."""

    ground: tuple[Item, ...]
    items: tuple[Item, ...]
    pages: int


def compose(view: EvView, screen: Screen, page: int) -> EvPicture:
    """Lay out page ``page`` (counted from 0, taken modulo the number of pages)."""
    palette = DARK if view.dark else LIGHT
    stops = _NIGHT if view.dark else _DAY
    on_ground = Press(screen, _grounds(screen, stops, None))
    on_plate = Press(screen, _grounds(screen, stops, palette))
    area = _board(screen)
    pages = paginate(view.groups, area, screen.unit)
    current = page % len(pages)
    plates, items = parted(
        (
            *masthead(on_ground, _head_box(screen), _head(view, palette), palette),
            *_cards(on_ground, on_plate, pages, current, palette),
            *(_nothing(on_ground, area, view, palette) if not view.groups else ()),
            *_page_dots(screen, area, len(pages), current, palette),
            *footer(screen, view.lead, (), view.vitals),
        )
    )
    return EvPicture((Heaven(screen.box, stops), *plates), items, len(pages))


def _head_box(screen: Screen) -> Box:
    u, m = screen.unit, margin(screen)
    return Box(m, 4.4 * u, screen.width - 2 * m, 14 * u)


def _board(screen: Screen) -> Box:
    u, m = screen.unit, margin(screen)
    top = (27.0 if screen.is_portrait else 19.6) * u
    return Box(m, top, screen.width - 2 * m, screen.height - footer_height(screen, facts=False) - 3.2 * u - top)


def _head(view: EvView, palette: Palette) -> Masthead:
    return Masthead(view.title, (view.subtitle,), view.clock, view.date, view.demo, view.accent, palette.text(view.accent_tone))


def _cards(
    on_ground: Press, on_plate: Press, pages: tuple[tuple[Placed, ...], ...], current: int, palette: Palette
) -> tuple[Item, ...]:
    """The headings and cards of one page, in a style that suits the cards of all pages."""
    cards = [(placed.box, placed.content) for page in pages for placed in page if isinstance(placed.content, EvCard)]
    if not cards:
        return ()
    style = style_of(on_plate, cards[0][0], [card for _, card in cards])
    items: tuple[Item, ...] = ()
    for placed in pages[current]:
        if isinstance(placed.content, EvCard):
            items += card_items(on_plate, placed.box, placed.content, style, palette)
        else:
            room = placed.box.inset(0, 0.6 * on_ground.unit)
            items += on_ground.line(placed.content, room, TYPE.label, palette.muted, bold=True)
    return items


def _nothing(press: Press, area: Box, view: EvView, palette: Palette) -> tuple[Item, ...]:
    u = press.unit
    y = area.y + 0.36 * area.h
    main = press.line(view.nothing.main, Box(area.x, y, area.w, 0), TYPE.title, palette.muted, align=Align.CENTRE)
    below = Box(area.x, y + 7 * u, area.w, 0)
    return (*main, *press.line(view.nothing.second, below, TYPE.body, palette.muted, align=Align.CENTRE))


def _page_dots(screen: Screen, area: Box, pages: int, current: int, palette: Palette) -> tuple[Item, ...]:
    if pages < 2:
        return ()
    size = 0.9 * screen.unit
    return (Dots(Box(area.x, area.bottom + 1.2 * screen.unit, area.w, size), pages, current, palette.muted),)


def _grounds(screen: Screen, stops: Stops, palette: Palette | None) -> Grounds:
    def grounds(box: Box) -> tuple[str, ...]:
        found = {colour_at(stops, y / screen.height) for y in (box.y, box.bottom)}
        return tuple(sorted(palette.on_plate(colour) if palette else colour for colour in found))

    return grounds
