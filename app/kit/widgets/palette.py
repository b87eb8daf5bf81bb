"""Colours of text and plates on a light and on a dark ground."""

from dataclasses import dataclass, replace

from app.kit.presenters.sky import SkyView, mix
from app.kit.presenters.tone import Tone
from app.kit.theme import KIOSK


@dataclass(frozen=True, slots=True)
class Palette:
    """One ground's family of colours."""

    ink: str
    muted: str
    leaf: str
    blue: str
    amber: str
    red: str
    grey: str
    plate: str
    plate_opacity: float
    earth: str
    """The strip on which a hill stands; hours are written on it."""
    hill_top: str
    hill_foot: str
    hill_crest: str
    clear: str
    """The clear sky's line."""
    clear_text: str
    pill: str
    """Behind a label that stands on a line."""
    badge: str = KIOSK.ink
    """Behind the word that says that all this is a demo."""
    badge_ink: str = KIOSK.sun

    def text(self, tone: Tone) -> str:
        """The colour of text with this meaning."""
        return {
            Tone.INK: self.ink,
            Tone.MUTED: self.muted,
            Tone.LEAF: self.leaf,
            Tone.BLUE: self.blue,
            Tone.AMBER: self.amber,
            Tone.RED: self.red,
            Tone.GREY: self.grey,
        }[tone]

    def on_plate(self, ground: str) -> str:
        """What a plate looks like over a ground."""
        return mix(ground, self.plate, self.plate_opacity)


LIGHT = Palette(
    ink=KIOSK.ink,
    muted=KIOSK.muted,
    leaf=KIOSK.leaf,
    blue=KIOSK.blue,
    amber=KIOSK.amber,
    red=KIOSK.red,
    grey=KIOSK.grey,
    plate=KIOSK.card,
    plate_opacity=0.78,
    earth=KIOSK.leaf,
    hill_top="#5DB58D",
    hill_foot=KIOSK.leaf_fill,
    hill_crest="#E4F6EC",
    clear="#3C7F66",
    clear_text=KIOSK.leaf,
    pill="#FDFCF6",
)
LOW_SUN = replace(
    LIGHT, muted="#172B43", leaf="#083A26", blue="#0B325C", amber="#432A00", red="#66110C", grey="#212F3D", clear_text="#083A26"
)
"""Deeper colours for the tinted skies of morning and evening."""
DARK = Palette(
    ink=KIOSK.night_ink,
    muted="#DCE6F1",
    leaf="#8DEBC2",
    blue="#B4D8FF",
    amber="#FFE09A",
    red="#FFC4BD",
    grey="#DCE6F1",
    plate="#9DB4E0",
    plate_opacity=0.10,
    earth="#0A2F2B",
    hill_top="#2B6B62",
    hill_foot="#14463F",
    hill_crest="#8FD8C0",
    clear="#6FB3A0",
    clear_text="#A8E6D2",
    pill="#1C2A48",
    badge=KIOSK.sun,
    badge_ink=KIOSK.ink,
)
FOOTER = Palette(
    ink=KIOSK.footer_ink,
    muted=KIOSK.footer_muted,
    leaf=KIOSK.footer_leaf,
    blue="#7FBDFB",
    amber=KIOSK.footer_amber,
    red="#FFB4AC",
    grey="#B9C7D6",
    plate=KIOSK.footer,
    plate_opacity=1.0,
    earth=KIOSK.footer,
    hill_top=KIOSK.footer,
    hill_foot=KIOSK.footer,
    hill_crest=KIOSK.footer,
    clear=KIOSK.footer,
    clear_text=KIOSK.footer_ink,
    pill=KIOSK.footer,
)


def palette_of(sky: SkyView) -> Palette:
    """The family that can be read on a sky."""
    if sky.dark:
        return DARK
    return LOW_SUN if sky.tinted else LIGHT
