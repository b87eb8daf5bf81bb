"""The building in the middle of the scene "Energy flow": a house, and what it uses."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.kit.presenters.flow import FlowView
from app.kit.theme import TYPE
from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Item
from app.kit.widgets.figure import centred, figure_items, state_items
from app.kit.widgets.label import Align
from app.kit.widgets.palette import Palette
from app.kit.widgets.press import Press

ROOF = 0.26
"""Height of the roof as a share of the house."""
_EAVES = 3.0


@dataclass(frozen=True, slots=True)
class House:
    """Walls and a roof that stands over them a little."""

    box: Box
    wall: str
    opacity: float
    roof: str
    eaves: float

    def paint(self, painter: QPainter) -> None:
        """Draw it."""
        b, ridge = self.box, self.box.y + self.box.h * ROOF
        wall = QColor(self.wall)
        wall.setAlphaF(self.opacity)
        body = QPainterPath()
        body.moveTo(b.x + self.eaves, ridge)
        body.lineTo(b.x + b.w / 2, b.y + self.eaves * 0.5)
        body.lineTo(b.right - self.eaves, ridge)
        body.lineTo(b.right - self.eaves, b.bottom - self.eaves)
        body.quadTo(QPointF(b.right - self.eaves, b.bottom), QPointF(b.right - 2 * self.eaves, b.bottom))
        body.lineTo(b.x + 2 * self.eaves, b.bottom)
        body.quadTo(QPointF(b.x + self.eaves, b.bottom), QPointF(b.x + self.eaves, b.bottom - self.eaves))
        body.closeSubpath()
        painter.fillPath(body, wall)
        pen = QPen(QColor(self.roof), self.eaves * 0.62)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        roof = QPainterPath(QPointF(b.x + self.eaves * 0.4, ridge))
        roof.lineTo(b.x + b.w / 2, b.y + self.eaves * 0.4)
        roof.lineTo(b.right - self.eaves * 0.4, ridge)
        painter.strokePath(roof, pen)


def house_items(press: Press, box: Box, view: FlowView, palette: Palette) -> tuple[Item, ...]:
    """The house, and in it what is used there; only the house where that is not measured."""
    u = press.unit
    house = House(box, palette.plate, palette.plate_opacity, palette.clear_text, _EAVES * u)
    building = view.building
    if building is None:
        return (house,)
    inner = Box(box.x + 5.0 * u, box.y + box.h * ROOF + 1.5 * u, box.w - 10.0 * u, box.h * (1 - ROOF) - 3.0 * u)
    items: tuple[Item, ...] = press.lines(building.title.main, inner, 0.036, palette.ink, align=Align.CENTRE)
    second = inner._replace(y=items[-1].box.bottom + 0.9 * u)
    items += press.longest((building.title.second,), second, TYPE.small, palette.muted)
    items = (*items[:-1], *centred(items[-1:], inner))
    body = inner._replace(y=items[-1].box.bottom + 2.2 * u)
    if building.figure is None:
        assert building.state is not None
        return (
            house,
            *items,
            *centred(state_items(press, body._replace(h=12 * u), building.state, 0.06, TYPE.small, palette), inner),
        )
    figure = centred(figure_items(press, body, building.figure, 0.17, palette.ink, palette.muted), inner)
    below = inner._replace(y=max(item.box.y + item.box.h * 0.88 for item in figure) + 3.2 * u)
    return (house, *items, *figure, *_remarks(press, below, view, inner.bottom, palette))


def _remarks(press: Press, room: Box, view: FlowView, bottom: float, palette: Palette) -> tuple[Item, ...]:
    """As many lines as there is room for: of what time or how much of its own, and whether the meters agree."""
    items: tuple[Item, ...] = ()
    lines = (
        (view.remark.main, TYPE.label, palette.ink),
        (view.difference.main, TYPE.small, palette.ink),
        (view.remark.second, TYPE.small, palette.muted),
    )
    for text, share, colour in lines:
        if not text or room.y + 3.6 * press.unit > bottom:
            continue
        labels = press.lines(text, room, share, colour, align=Align.CENTRE)
        items += labels
        room = room._replace(y=labels[-1].box.bottom + 0.9 * press.unit)
    return items
