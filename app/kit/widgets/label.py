"""A line of text with the box it must stay in."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from app.kit.theme.fonts import make_font
from app.kit.widgets.box import Box
from app.kit.widgets.typeset import ASCENT, ink_extent, width


class Align(StrEnum):
    """Where in its box a line stands."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Label:
    """One line; its box is as high as the font is large."""

    text: str
    box: Box
    size: float
    colour: str
    grounds: tuple[str, ...]
    """What it may stand on, for the contrast that the tests hold it to."""
    bold: bool = False
    align: Align = Align.LEFT
    credit: bool = False
    """Small print: sources and years, which may be smaller than what is read across a room."""

    @property
    def ink(self) -> Box:
        """Where there is ink: figures leave the lower and upper edge of their line empty."""
        above, below = ink_extent(self.text)
        return Box(self.box.x, self.box.y + (ASCENT - above) * self.size, self.box.w, (above + below) * self.size)

    def paint(self, painter: QPainter) -> None:
        """Draw it, plain text whatever it says."""
        painter.setFont(make_font(self.size, self.bold))
        painter.setPen(QColor(self.colour))
        spare = self.box.w - width(self.text, self.size, self.bold)
        shift = {Align.LEFT: 0.0, Align.RIGHT: spare, Align.CENTRE: spare / 2}[self.align]
        painter.drawText(QPointF(self.box.x + shift, self.box.y + self.size * ASCENT), self.text)
