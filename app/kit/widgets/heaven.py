"""The sky behind a scene: its colours, its stars, and the sun with its glow."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QRadialGradient

from app.kit.presenters.sky import Stops
from app.kit.widgets.box import Box

_STARS = 150


@dataclass(frozen=True, slots=True)
class Heaven:
    """A gradient from zenith to horizon over the whole box, and stars in its upper part."""

    box: Box
    stops: Stops
    stars: float = 0.0

    def paint(self, painter: QPainter) -> None:
        """Draw it; the box is filled, so nothing beneath needs to be."""
        gradient = QLinearGradient(0, self.box.y, 0, self.box.bottom)
        for position, colour in self.stops:
            gradient.setColorAt(position, QColor(colour))
        painter.fillRect(self.box.rect(), QBrush(gradient))
        self._paint_stars(painter)

    def _paint_stars(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        unit = min(self.box.w, self.box.h) / 1080
        for x, y, size, light in _constellation()[: round(_STARS * self.stars)]:
            colour = QColor("#FFFFFF")
            colour.setAlphaF(light * (1 - y) * self.stars)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(self.box.x + x * self.box.w, self.box.y + y * self.box.h), size * unit, size * unit)


@lru_cache(maxsize=1)
def _constellation() -> tuple[tuple[float, float, float, float], ...]:
    """Place, radius and brightness of every star: always the same sky."""
    chance = Random(1106)
    return tuple(
        (chance.random(), chance.random() ** 1.3 * 0.92, 0.7 + 1.3 * chance.random() ** 3, 0.25 + 0.6 * chance.random())
        for _ in range(_STARS)
    )


@dataclass(frozen=True, slots=True)
class Sun:
    """The disc with a white rim in the middle of a box that its glow fills."""

    box: Box
    radius: float
    glow: str
    """Colour of the light around it."""
    disc: str
    rim: str = "#FFFFFF"

    def paint(self, painter: QPainter) -> None:
        """Draw the glow as a radial gradient: cheap, unlike a blur."""
        centre = QPointF(self.box.x + self.box.w / 2, self.box.y + self.box.h / 2)
        gradient = QRadialGradient(centre, self.box.w / 2)
        for position, alpha in ((0.0, 0.75), (0.3, 0.42), (0.6, 0.14), (1.0, 0.0)):
            colour = QColor(self.glow)
            colour.setAlphaF(alpha)
            gradient.setColorAt(position, colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawEllipse(self.box.rect())
        painter.setBrush(QColor(self.rim))
        painter.drawEllipse(centre, self.radius * 1.16, self.radius * 1.16)
        painter.setBrush(QColor(self.disc))
        painter.drawEllipse(centre, self.radius, self.radius)
