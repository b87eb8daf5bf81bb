"""What the ends of the scene "Energy flow" look like: a disc with a drawing."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.kit.presenters.flow_words import Part
from app.kit.widgets.box import Box


@dataclass(frozen=True, slots=True)
class Emblem:
    """A disc with a coloured rim, and the part's drawing in it."""

    box: Box
    part: Part
    rim: str
    disc: str
    ink: str
    fill: float | None = None
    """Of a battery, 0 to 1."""

    def paint(self, painter: QPainter) -> None:
        """Draw it in a square of 100 units."""
        painter.save()
        painter.translate(self.box.x, self.box.y)
        painter.scale(self.box.w / 100, self.box.h / 100)
        painter.setPen(QPen(QColor(self.rim), 6))
        painter.setBrush(QColor(self.disc))
        painter.drawEllipse(QRectF(3, 3, 94, 94))
        pen = QPen(QColor(self.ink), 5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _DRAWINGS[self.part](painter, self)
        painter.restore()


def _sun(painter: QPainter, emblem: Emblem) -> None:
    painter.setBrush(QColor(emblem.rim))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(50, 50), 17, 17)
    pen = QPen(QColor(emblem.rim), 6)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    for number in range(8):
        x, y = cos(number * pi / 4), sin(number * pi / 4)
        painter.drawLine(QLineF(50 + 25 * x, 50 + 25 * y, 50 + 33 * x, 50 + 33 * y))


def _grid(painter: QPainter, _emblem: Emblem) -> None:
    painter.drawPolyline(QPolygonF([QPointF(34, 80), QPointF(46, 22), QPointF(54, 22), QPointF(66, 80)]))
    for y, reach in ((34, 22), (47, 18)):
        painter.drawLine(QLineF(50 - reach, y, 50 + reach, y))
        for x in (50 - reach, 50 + reach):
            painter.drawLine(QLineF(x, y, x, y + 5))
    painter.drawPolyline(QPolygonF([QPointF(40, 52), QPointF(63, 66), QPointF(35, 78)]))
    painter.drawPolyline(QPolygonF([QPointF(60, 52), QPointF(37, 66), QPointF(65, 78)]))


def _battery(painter: QPainter, emblem: Emblem) -> None:
    painter.drawRoundedRect(QRectF(33, 26, 34, 52), 5, 5)
    painter.drawLine(QLineF(44, 20, 56, 20))
    if emblem.fill is None:
        return
    height = 42 * min(1.0, max(0.0, emblem.fill))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(emblem.rim))
    painter.drawRect(QRectF(38, 73 - height, 24, height))


def _cars(painter: QPainter, emblem: Emblem) -> None:
    body = [(20, 66), (20, 55), (30, 52), (38, 38), (62, 38), (72, 52), (80, 56), (80, 66)]
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in body]))
    painter.setBrush(QColor(emblem.disc))
    for x in (35, 65):
        painter.drawEllipse(QPointF(x, 67), 7, 7)


def _building(painter: QPainter, _emblem: Emblem) -> None:
    painter.drawRect(QRectF(30, 40, 40, 36))


_DRAWINGS: dict[Part, Callable[[QPainter, Emblem], None]] = {
    Part.SUN: _sun,
    Part.GRID: _grid,
    Part.BATTERY: _battery,
    Part.CARS: _cars,
    Part.BUILDING: _building,
}
