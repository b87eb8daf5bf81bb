"""The shapes that stand beside every word of state."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.kit.presenters.tone import Shape
from app.kit.widgets.box import Box


@dataclass(frozen=True, slots=True)
class Mark:
    """A state's shape in a square box."""

    box: Box
    shape: Shape
    colour: str

    def paint(self, painter: QPainter) -> None:
        """Draw it in a unit square, so that every size looks the same."""
        painter.save()
        painter.translate(self.box.x, self.box.y)
        painter.scale(self.box.w, self.box.h)
        pen = QPen(QColor(self.colour), 0.11)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _DRAWINGS[self.shape](painter, QColor(self.colour))
        painter.restore()


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _line(painter: QPainter, x1: float, y1: float, x2: float, y2: float) -> None:
    painter.drawLine(QLineF(x1, y1, x2, y2))


def _fill(painter: QPainter, path: QPainterPath, colour: QColor) -> None:
    painter.fillPath(path, colour)


def _ring(painter: QPainter, _colour: QColor) -> None:
    painter.drawEllipse(QRectF(0.09, 0.09, 0.82, 0.82))


def _bolt(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addPolygon(_polygon((0.60, 0.02), (0.16, 0.57), (0.46, 0.57), (0.38, 0.98), (0.84, 0.41), (0.54, 0.41)))
    path.closeSubpath()
    _fill(painter, path, colour)


def _plug(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(0.24, 0.36, 0.52, 0.34), 0.1, 0.1)
    _fill(painter, path, colour)
    _line(painter, 0.38, 0.12, 0.38, 0.34)
    _line(painter, 0.62, 0.12, 0.62, 0.34)
    _line(painter, 0.5, 0.72, 0.5, 0.92)


def _pause(painter: QPainter, _colour: QColor) -> None:
    painter.drawEllipse(QRectF(0.09, 0.09, 0.82, 0.82))
    _line(painter, 0.41, 0.36, 0.41, 0.64)
    _line(painter, 0.59, 0.36, 0.59, 0.64)


def _triangle(painter: QPainter, colour: QColor) -> None:
    painter.drawPolygon(_polygon((0.5, 0.1), (0.94, 0.88), (0.06, 0.88)))
    _line(painter, 0.5, 0.38, 0.5, 0.58)
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(0.5, 0.735), 0.062, 0.062)


def _dashes(painter: QPainter, _colour: QColor) -> None:
    for x in (0.08, 0.42, 0.76):
        _line(painter, x, 0.5, x + 0.16, 0.5)


def _cross(painter: QPainter, _colour: QColor) -> None:
    painter.drawEllipse(QRectF(0.09, 0.09, 0.82, 0.82))
    _line(painter, 0.24, 0.76, 0.76, 0.24)


def _clock(painter: QPainter, _colour: QColor) -> None:
    painter.drawEllipse(QRectF(0.09, 0.09, 0.82, 0.82))
    _line(painter, 0.5, 0.28, 0.5, 0.5)
    _line(painter, 0.5, 0.5, 0.66, 0.6)


def _moon(painter: QPainter, colour: QColor) -> None:
    painter.scale(0.01, 0.01)  # boolean operations on paths round to coarse polygons in small coordinates
    disc, bite = QPainterPath(), QPainterPath()
    disc.addEllipse(QRectF(8, 8, 84, 84))
    bite.addEllipse(QRectF(36, -4, 76, 76))
    _fill(painter, disc.subtracted(bite), colour)


def _tick(painter: QPainter, _colour: QColor) -> None:
    painter.drawPolyline(_polygon((0.14, 0.55), (0.4, 0.8), (0.88, 0.22)))


def _hourglass(painter: QPainter, _colour: QColor) -> None:
    painter.drawPolygon(_polygon((0.2, 0.1), (0.8, 0.1), (0.2, 0.9), (0.8, 0.9)))


def _drop(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(0.5, 0.04))
    path.cubicTo(QPointF(0.62, 0.28), QPointF(0.84, 0.44), QPointF(0.84, 0.64))
    path.cubicTo(QPointF(0.84, 0.84), QPointF(0.69, 0.96), QPointF(0.5, 0.96))
    path.cubicTo(QPointF(0.31, 0.96), QPointF(0.16, 0.84), QPointF(0.16, 0.64))
    path.cubicTo(QPointF(0.16, 0.44), QPointF(0.38, 0.28), QPointF(0.5, 0.04))
    _fill(painter, path, colour)


def _diamond(painter: QPainter, colour: QColor) -> None:
    painter.drawPolygon(_polygon((0.5, 0.06), (0.94, 0.5), (0.5, 0.94), (0.06, 0.5)))
    _line(painter, 0.5, 0.3, 0.5, 0.52)
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(0.5, 0.69), 0.062, 0.062)


_DRAWINGS: dict[Shape, Callable[[QPainter, QColor], None]] = {
    Shape.RING: _ring,
    Shape.BOLT: _bolt,
    Shape.PLUG: _plug,
    Shape.PAUSE: _pause,
    Shape.TRIANGLE: _triangle,
    Shape.DASHES: _dashes,
    Shape.CROSS: _cross,
    Shape.CLOCK: _clock,
    Shape.MOON: _moon,
    Shape.TICK: _tick,
    Shape.HOURGLASS: _hourglass,
    Shape.DROP: _drop,
    Shape.DIAMOND: _diamond,
}
