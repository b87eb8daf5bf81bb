"""What flows between two ends of the scene "Energy flow": a band, and arrows that tell its direction."""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.kit.widgets.box import Box

Place = tuple[float, float]
STEPS = 24
"""So many steps of an arrow lead to the place of the next one."""
_ROOM = 2.2
"""Side of an arrow's box in sizes of an arrow."""


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
class Arrow:
    """An angle that points along a band."""

    box: Box
    angle: float
    """Where it points, in radians against the clock from the right."""
    colour: str
    opacity: float

    def paint(self, painter: QPainter) -> None:
        """Draw it with its tip in the middle of the box."""
        colour, size = QColor(self.colour), self.box.w / _ROOM
        colour.setAlphaF(self.opacity)
        pen = QPen(colour, size * 0.34)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        tip = QPointF(self.box.x + self.box.w / 2, self.box.y + self.box.h / 2)
        for turn in (0.75 * pi, -0.75 * pi):
            x = tip.x() + size * cos(self.angle + turn) * 0.62
            y = tip.y() - size * sin(self.angle + turn) * 0.62
            painter.drawLine(QLineF(tip, QPointF(x, y)))


@dataclass(frozen=True, slots=True)
class Stream:
    """Arrows that wander from the start of a route to its end."""

    route: Route
    colour: str
    size: float
    """Of an arrow, in pixels."""
    spacing: float

    def arrows(self, step: int) -> tuple[Arrow, ...]:
        """Where they are at one of ``STEPS`` moments; after the last one each has the place of the next."""
        side = self.size * _ROOM
        return tuple(
            Arrow(Box(x - side / 2, y - side / 2, side, side), angle, self.colour, opacity)
            for x, y, angle, opacity in _halts(self.route, self.spacing)[step::STEPS]
        )


@lru_cache(maxsize=32)
def _halts(route: Route, spacing: float) -> tuple[tuple[float, float, float, float], ...]:
    """Place, angle and opacity at every step of the way: fainter at both ends, so that no arrow appears suddenly."""
    path = route.path()
    length = path.length()
    found: list[tuple[float, float, float, float]] = []
    for number in range(int(length / spacing * STEPS)):
        at = number * spacing / STEPS
        share = path.percentAtLength(at)
        tip = path.pointAtPercent(share)
        opacity = min(1.0, at / spacing, (length - at) / spacing)
        found.append((tip.x(), tip.y(), path.angleAtPercent(share) * pi / 180, round(max(0.0, opacity), 2)))
    return tuple(found)
