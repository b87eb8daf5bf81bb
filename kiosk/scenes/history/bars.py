"""Bars of days or months, each kind with a look of its own."""

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.kit.presenters.past_days import Known
from app.kit.widgets.box import Box

_GAP = 0.28
"""Between bars, as a share of the room of one."""
_STEM = 0.30
"""Height of the dots that stand for a missing bar, as a share of the chart."""
_RUNNING = 0.55
"""Opacity of a bar that still grows."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of one ground."""

    bar: str
    last: str
    muted: str


@dataclass(frozen=True, slots=True)
class Pillar:
    """One bar: filled where all is known, striped in part, dots where there is no record; a stroke for last year."""

    box: Box
    """From the ground to the top of the chart, as wide as its room."""
    known: Known
    height: float | None
    last: float | None
    last_whole: bool
    ink: Ink
    pen: float
    """Width of strokes in pixels."""

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        gap = self.box.w * _GAP / 2
        if self.known is Known.NONE:
            self._dots(painter)
        elif self.height:
            high = max(self.pen, self.height * self.box.h)
            self._column(painter, QRectF(self.box.x + gap, self.box.bottom - high, self.box.w - 2 * gap, high))
        if self.last is not None:
            self._stroke(painter, self.box.bottom - self.last * self.box.h)

    def _column(self, painter: QPainter, column: QRectF) -> None:
        radius = min(column.width() * 0.22, self.pen * 2)
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRoundedRect(column, radius, radius)
        path.addRect(column.adjusted(0, min(radius, column.height()), 0, 0))
        colour = QColor(self.ink.bar)
        colour.setAlphaF(_RUNNING if self.known is Known.RUNNING else 1.0)
        if self.known is not Known.PART:
            painter.fillPath(path, colour)
            return
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(colour, self.pen * 0.9))
        y, rise = column.bottom() + column.width(), column.width()
        while y > column.top():
            painter.drawLine(QLineF(column.left(), y, column.right(), y - rise))
            y -= self.pen * 2.4
        painter.restore()
        painter.strokePath(path.simplified(), QPen(colour, self.pen * 0.7))

    def _dots(self, painter: QPainter) -> None:
        pen = QPen(QColor(self.ink.muted), self.pen * 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([0.01, 2.2])
        painter.setPen(pen)
        x = self.box.x + self.box.w / 2
        painter.drawLine(QLineF(x, self.box.bottom - self.pen * 2, x, self.box.bottom - (self.height or _STEM) * self.box.h))

    def _stroke(self, painter: QPainter, y: float) -> None:
        pen = QPen(QColor(self.ink.last), self.pen * 1.3)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not self.last_whole:
            pen.setDashPattern([1.2, 1.2])
        painter.setPen(pen)
        inset = self.box.w * 0.06
        painter.drawLine(QLineF(self.box.x + inset, y, self.box.right - inset, y))
