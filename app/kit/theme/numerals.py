"""Figures of equal width: the family has no tabular feature and its 1 is narrow, so columns and clocks are set by hand."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QPainter


def _is_figure(character: str) -> bool:
    return "0" <= character <= "9"


def tabular_width(text: str, metrics: QFontMetricsF) -> float:
    """Width of a text when every figure takes the room of a 0."""
    figure = metrics.horizontalAdvance("0")
    return sum(figure if _is_figure(c) else metrics.horizontalAdvance(c) for c in text)


def draw_tabular(painter: QPainter, left: float, baseline: float, text: str, metrics: QFontMetricsF) -> float:
    """Draw a text with figures of equal width from ``left`` on; returns where it ends."""
    figure = metrics.horizontalAdvance("0")
    for character in text:
        own = metrics.horizontalAdvance(character)
        room = figure if _is_figure(character) else own
        painter.drawText(QPointF(left + (room - own) / 2, baseline), character)
        left += room
    return left
