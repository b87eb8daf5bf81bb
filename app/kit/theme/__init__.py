"""How Enemado looks: colours, type and fonts. Numbers come from the design, sizes from the screen's height."""

from app.kit.theme.fonts import FAMILY, load_fonts, make_font
from app.kit.theme.tokens import CONSOLE, DISASTER, KIOSK
from app.kit.theme.type import TYPE, minimum_height_px

__all__ = ["CONSOLE", "DISASTER", "FAMILY", "KIOSK", "TYPE", "load_fonts", "make_font", "minimum_height_px"]
