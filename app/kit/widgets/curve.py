"""Lines and hills over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPen

from app.kit.widgets.box import Box

Places = tuple[tuple[float, float], ...]
"""Points of a curve in logical pixels, by x."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A smooth line; ``dash`` and ``gap`` are in widths of the line."""

    box: Box
    places: Places
    colour: str
    width: float
    dash: float = 0.0
    gap: float = 0.0
    opacity: float = 1.0

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        colour = QColor(self.colour)
        colour.setAlphaF(self.opacity)
        pen = QPen(colour, self.width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dash or self.gap:
            pen.setDashPattern([max(self.dash, 0.01), self.gap])
        painter.strokePath(smooth(self.places), pen)


@dataclass(frozen=True, slots=True)
class Hill:
    """The ground under a curve, with a lighter and softer crest."""

    box: Box
    places: Places
    top: str
    foot: str
    crest: str
    crest_width: float

    def paint(self, painter: QPainter) -> None:
        """Fill it down to the lower edge of the box, then draw the crest."""
        if len(self.places) < 2:
            return
        line = smooth(self.places)
        body = QPainterPath(line)
        body.lineTo(QPointF(self.places[-1][0], self.box.bottom))
        body.lineTo(QPointF(self.places[0][0], self.box.bottom))
        body.closeSubpath()
        gradient = QLinearGradient(0, self.box.y, 0, self.box.bottom)
        gradient.setColorAt(0, QColor(self.top))
        gradient.setColorAt(1, QColor(self.foot))
        painter.fillPath(body, QBrush(gradient))
        painter.save()
        painter.setClipPath(body, Qt.ClipOperation.IntersectClip)
        for width, alpha in ((self.crest_width * 5, 0.10), (self.crest_width * 3, 0.14), (self.crest_width, 0.5)):
            colour = QColor(self.crest)
            colour.setAlphaF(alpha)
            painter.strokePath(line, QPen(colour, width))
        painter.restore()


@dataclass(frozen=True, slots=True)
class Upright:
    """A dotted vertical line."""

    box: Box
    colour: str
    width: float

    def paint(self, painter: QPainter) -> None:
        """Draw it down the middle of the box."""
        pen = QPen(QColor(self.colour), self.width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([0.01, 2.4])
        painter.setPen(pen)
        x = self.box.x + self.box.w / 2
        painter.drawLine(QLineF(x, self.box.y, x, self.box.bottom))


def smooth(places: Sequence[tuple[float, float]]) -> QPainterPath:
    """A path through the middles of neighbours: soft, and never above or below what was measured."""
    path = QPainterPath()
    if not places:
        return path
    path.moveTo(QPointF(*places[0]))
    for (x, y), (next_x, next_y) in pairwise(places[1:]):
        path.quadTo(QPointF(x, y), QPointF((x + next_x) / 2, (y + next_y) / 2))
    path.lineTo(QPointF(*places[-1]))
    return path
