"""What flows between two ends of the scene "Energy flow": a band, and arrows that tell its direction."""

from dataclasses import dataclass
from math import cos, pi, sin

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.kit.widgets.box import Box

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Route:
    """From one place to another, leaving and arriving along the same axis."""

    start: Place
    end: Place
    upright: bool = False
    """Whether it leaves downwards or upwards instead of sideways."""

    def path(self) -> QPainterPath:
        """A soft S."""
        (x1, y1), (x2, y2) = self.start, self.end
        path = QPainterPath(QPointF(x1, y1))
        if self.upright:
            middle = (y1 + y2) / 2
            path.cubicTo(QPointF(x1, middle), QPointF(x2, middle), QPointF(x2, y2))
        else:
            middle = (x1 + x2) / 2
            path.cubicTo(QPointF(middle, y1), QPointF(middle, y2), QPointF(x2, y2))
        return path

    def box(self, around: float) -> Box:
        """Everything within ``around`` pixels of it."""
        (x1, y1), (x2, y2) = self.start, self.end
        return Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)).inset(-around, -around)


@dataclass(frozen=True, slots=True)
class Band:
    """The bed of a flow: always there, wider where more flows; dashed where nothing is known of it."""

    box: Box
    route: Route
    colour: str
    width: float
    dashed: bool = False

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        pen = QPen(QColor(self.colour), self.width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap if self.dashed else Qt.PenCapStyle.FlatCap)
        if self.dashed:
            pen.setDashPattern([0.01, 2.6])
        painter.strokePath(self.route.path(), pen)


@dataclass(frozen=True, slots=True)
class Stream:
    """Arrows on a band, from the start of the route to its end."""

    box: Box
    route: Route
    colour: str
    size: float
    """Of an arrow, in pixels."""
    spacing: float
    phase: float = 0.0
    """How far the arrows have come on their way to the place of the next one, 0 to 1."""

    def paint(self, painter: QPainter) -> None:
        """Draw every arrow as an angle that points ahead, fainter at both ends, so that none appears suddenly."""
        path = self.route.path()
        length = path.length()
        colour = QColor(self.colour)
        at = self.spacing * self.phase
        while at < length:
            share = path.percentAtLength(at)
            colour.setAlphaF(min(1.0, at / self.spacing, (length - at) / self.spacing))
            pen = QPen(colour, self.size * 0.34)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            self._arrow(painter, path.pointAtPercent(share), path.angleAtPercent(share) * pi / 180)
            at += self.spacing

    def _arrow(self, painter: QPainter, tip: QPointF, angle: float) -> None:
        for turn in (0.75 * pi, -0.75 * pi):
            x = tip.x() + self.size * cos(angle + turn) * 0.62
            y = tip.y() - self.size * sin(angle + turn) * 0.62
            painter.drawLine(QLineF(tip.x(), tip.y(), x, y))
