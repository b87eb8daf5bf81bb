"""From the view of the scene "Now" to what is painted."""

from app.kit.presenters.now import NowView
from app.kit.presenters.sky import SkyView, colour_at
from app.kit.theme import KIOSK
from app.kit.theme.tokens import contrast
from app.kit.widgets.backdrop import Picture
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.footer import Fact, footer
from app.kit.widgets.masthead import Masthead, masthead
from app.kit.widgets.palette import Palette, palette_of
from app.kit.widgets.plate import parted
from app.kit.widgets.press import Grounds, Press
from app.kit.widgets.screen import Screen
from kiosk.scenes.now.areas import Areas, arrange
from kiosk.scenes.now.cards import card_items
from kiosk.scenes.now.chart import clear_label, ground_items, hour_items
from kiosk.scenes.now.hero import hero_items


def compose(view: NowView, screen: Screen) -> Picture:
    """Lay out everything that the view says."""
    areas = arrange(screen, bool(view.chargers))
    palette = palette_of(view.sky)
    on_sky = Press(screen, _sky_grounds(view.sky, areas, None))
    on_plate = Press(screen, _sky_grounds(view.sky, areas, palette))
    head = Masthead(
        title=view.site.main,
        subtitles=_subtitles(view),
        clock=view.clock,
        under_clock="・".join(part for part in (view.date.main, view.outdoors) if part),
        demo=view.demo,
    )
    plates, items = parted(
        (
            *masthead(on_sky, areas.head, head, palette),
            *hero_items(on_sky, areas.hero, view.hero, palette),
            *card_items(on_plate, areas.cards, view.cards, palette),
            *clear_label(on_plate, areas, view.chart, view.clear_label, palette),
            *hour_items(on_sky, areas, view.chart, palette),
            *_footer(view, screen),
        )
    )
    return (*ground_items(on_sky, areas, view.sky, view.chart, palette), *plates), items


def _subtitles(view: NowView) -> tuple[str, ...]:
    """Second name and what is on the roof, or as much of it as fits."""
    both = "・".join(part for part in (view.site.second, view.installed.main) if part)
    return tuple(dict.fromkeys(text for text in (both, view.installed.main) if text))


def _footer(view: NowView, screen: Screen) -> tuple[Item, ...]:
    facts = tuple(Fact(count.word, count.shape, count.tone, count.count) for count in view.chargers)
    return footer(screen, view.lead, facts, view.vitals)


def _sky_grounds(sky: SkyView, areas: Areas, palette: Palette | None) -> Grounds:
    """The sky's colours behind a box, as seen through a plate where there is one."""

    def grounds(box: Box) -> tuple[str, ...]:
        height = max(1.0, areas.earth.y)
        found = {colour_at(sky.stops, min(1.0, max(0.0, y / height))) for y in (box.y, box.y + box.h / 2, box.bottom)}
        seen = {palette.on_plate(colour) if palette else colour for colour in found}
        return tuple(sorted(seen, key=lambda colour: contrast(KIOSK.ink, colour)))

    return grounds
