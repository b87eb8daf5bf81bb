"""The ground of a scene that stands on the sky: colours, boxes, and the frame of title and footer."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kit.presenters.frame import Frame
from app.kit.presenters.sky import SkyView, colour_at, sky_at
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.footer import footer, footer_height, margin
from app.kit.widgets.heaven import Heaven
from app.kit.widgets.label import Label
from app.kit.widgets.mark import Mark
from app.kit.widgets.masthead import Masthead, masthead
from app.kit.widgets.palette import Palette, palette_of
from app.kit.widgets.press import Grounds, Press
from app.kit.widgets.screen import Screen

Picture = tuple[tuple[Item, ...], tuple[Item, ...]]
"""Ground and items of a canvas."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """One screen under one sky."""

    screen: Screen
    sky: SkyView

    @property
    def palette(self) -> Palette:
        """The family of colours that this sky wants."""
        return palette_of(self.sky)

    @property
    def heaven(self) -> Heaven:
        """The sky itself, down to the footer."""
        return Heaven(Box(0, 0, self.screen.width, self._bottom), self.sky.stops, self.sky.stars)

    @property
    def board(self) -> Box:
        """What is left between title and footer."""
        u, m = self.screen.unit, margin(self.screen)
        top = (25.0 if self.screen.is_portrait else 19.6) * u
        return Box(m, top, self.screen.width - 2 * m, self._bottom - 3.2 * u - top)

    @property
    def on_sky(self) -> Press:
        """For text on the sky."""
        return Press(self.screen, self._grounds(None))

    @property
    def on_plate(self) -> Press:
        """For text on a plate."""
        return Press(self.screen, self._grounds(self.palette))

    def framed(self, frame: Frame) -> tuple[Item, ...]:
        """Title and clock at the top, age and health at the foot."""
        u, m, palette = self.screen.unit, margin(self.screen), self.palette
        colour = palette.text(frame.accent_tone)
        head = Masthead(frame.title, frame.subtitles, frame.clock, frame.date, frame.demo, frame.accent, colour)
        box = Box(m, 4.4 * u, self.screen.width - 2 * m, 14 * u)
        return (*masthead(self.on_sky, box, head, palette), *footer(self.screen, frame.lead, (), frame.vitals))

    @property
    def _bottom(self) -> float:
        return self.screen.height - footer_height(self.screen, facts=False)

    def _grounds(self, palette: Palette | None) -> Grounds:
        """The sky's colours behind a box, as seen through a plate where there is one."""

        def grounds(box: Box) -> tuple[str, ...]:
            places = (min(1.0, max(0.0, y / self._bottom)) for y in (box.y, box.y + box.h / 2, box.bottom))
            found = {colour_at(self.sky.stops, place) for place in places}
            return tuple(sorted(palette.on_plate(colour) if palette else colour for colour in found))

        return grounds


def grounded(items: Iterable[Item]) -> Picture:
    """Texts and shapes stand on everything else, which stays still and belongs to the ground."""
    everything = tuple(items)
    standing = tuple(item for item in everything if isinstance(item, Label | Mark))
    return tuple(item for item in everything if not isinstance(item, Label | Mark)), standing


def blank(screen: Screen) -> Picture:
    """A calm sky for the moments before anything is known."""
    return (Heaven(screen.box, sky_at(30.0, rising=True).stops),), ()
