"""The five steps of heat as a band, and where on it the present value stands."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from app.kit.presenters.heat import HeatView
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press
from app.kit.widgets.typeset import width

_FILLS = ("#2F8F6B", "#4E9AD6", "#F2C230", "#EE8A2B", "#D2382E")
"""From almost safe to danger, after the Ministry's own colours; the word and the place tell the same."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A band of equal steps with a pointer above it; the step that holds is full, the others are faint."""

    box: Box
    fills: tuple[str, ...]
    current: int
    place: float
    """Of the pointer, 0 to 1."""
    pointer: str
    """Its colour."""

    def paint(self, painter: QPainter) -> None:
        """The lower half of the box is the band, the upper half the pointer's."""
        step, band = self.box.w / len(self.fills), self.box.h / 2
        gap = band * 0.16
        painter.setPen(Qt.PenStyle.NoPen)
        for number, fill in enumerate(self.fills):
            colour = QColor(fill)
            colour.setAlphaF(1.0 if number == self.current else 0.38)
            painter.setBrush(colour)
            part = Box(self.box.x + number * step + gap / 2, self.box.y + band, step - gap, band)
            painter.drawRoundedRect(part.rect(), band * 0.28, band * 0.28)
        x, y = self.box.x + self.place * self.box.w, self.box.y + band * 0.86
        painter.setBrush(QColor(self.pointer))
        side = band * 0.52
        painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - side, y - band * 0.8), QPointF(x + side, y - band * 0.8)]))


def step_items(press: Press, area: Box, heat: HeatView, palette: Palette) -> tuple[Item, ...]:
    """The band over the width of the area, with the figures between the steps beneath."""
    u = press.unit
    band = Box(area.x, area.y, area.w, 4.8 * u)
    items: tuple[Item, ...] = (Steps(band, _FILLS, int(heat.level), heat.place, palette.ink),)
    for number, text in enumerate(heat.limits, 1):
        needed = width(text, press.size(text, TYPE.small))
        x = area.x + number * area.w / len(_FILLS) - needed / 2
        items += press.line(text, Box(x, band.bottom + 0.6 * u, needed + 1, 0), TYPE.small, palette.muted)
    return items
