"""Plain surfaces: rounded plates, bands, dots."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item


@dataclass(frozen=True, slots=True)
class Plate:
    """A filled rectangle with round corners, and a stripe at its left where ``stripe`` is a colour."""

    box: Box
    colour: str
    radius: float = 0.0
    opacity: float = 1.0
    stripe: str = ""
    stripe_width: float = 0.0

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        fill = QColor(self.colour)
        fill.setAlphaF(self.opacity)
        painter.setPen(Qt.PenStyle.NoPen)
        if not self.stripe:
            painter.setBrush(fill)
            painter.drawRoundedRect(self.box.rect(), self.radius, self.radius)
            return
        outline = QPainterPath()
        outline.addRoundedRect(self.box.rect(), self.radius, self.radius)
        painter.fillPath(outline, fill)
        painter.save()
        painter.setClipRect(self.box._replace(w=self.stripe_width).rect(), Qt.ClipOperation.IntersectClip)
        painter.fillPath(outline, QColor(self.stripe))
        painter.restore()


def parted(items: Iterable[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Plates, which belong to the still ground, and what stands on them."""
    everything = tuple(items)
    plates = tuple(item for item in everything if isinstance(item, Plate))
    return plates, tuple(item for item in everything if not isinstance(item, Plate))


@dataclass(frozen=True, slots=True)
class Dots:
    """Which of several pages is shown: a row of dots, the current one wide."""

    box: Box
    count: int
    current: int
    colour: str

    def paint(self, painter: QPainter) -> None:
        """Draw them from the middle of the box."""
        size = self.box.h
        step = size * 2.2
        x = self.box.x + (self.box.w - step * (self.count - 1) - size * 2.4) / 2
        colour, faint = QColor(self.colour), QColor(self.colour)
        faint.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        for page in range(self.count):
            wide = size * 2.4 if page == self.current else size
            painter.setBrush(colour if page == self.current else faint)
            painter.drawRoundedRect(Box(x, self.box.y, wide, size).rect(), size / 2, size / 2)
            x += wide + size * 1.2
