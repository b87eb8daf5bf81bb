"""BIZ UDPGothic, bundled: a bare system would show Japanese as boxes."""

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from app.kit import resources

FAMILY = "BIZ UDPGothic"
_FILES = ("BIZUDPGothic-Regular.ttf", "BIZUDPGothic-Bold.ttf")


class FontMissingError(Exception):
    """The bundled font could not be loaded; the installation is damaged."""


def load_fonts() -> None:
    """Make the family known to Qt. Call once, after the application is made. Raises ``FontMissingError``."""
    for name in _FILES:
        path = resources.assets() / "fonts" / name
        number = QFontDatabase.addApplicationFont(str(path))
        if FAMILY not in QFontDatabase.applicationFontFamilies(number):
            raise FontMissingError(str(path))


@lru_cache(maxsize=256)
def make_font(size_px: float, bold: bool = False) -> QFont:
    """The family at a size in pixels, kept; do not change what you get.

    Hinting is off so that a text keeps its shape at every size and on every platform.
    """
    font = QFont(FAMILY)
    font.setPixelSize(max(1, round(size_px)))
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
