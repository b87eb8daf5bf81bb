"""The head of a device's page: name, place, condition, plate."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.console.screens.device.presenter import DeviceHead
from app.console.style import BODY_PX, RADIUS_PX, SMALL_PX, colour_of
from app.kit.theme import CONSOLE, make_font
from app.kit.widgets.box import Box
from app.kit.widgets.mark import Mark

_PAD = 18.0
_NAME_PX = 26
_MARK_PX = 22.0


class DeviceHeader(QWidget):
    """Painted again only when something differs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._head: DeviceHead | None = None
        self.setFixedHeight(112)

    def show_head(self, head: DeviceHead) -> None:
        """Take another head over."""
        if head != self._head:
            self._head = head
            self.setAccessibleName(f"{head.name}, {head.place}, {head.condition.word}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name and place on the left, condition on the right, facts below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(CONSOLE.line), 1))
        painter.setBrush(QColor(CONSOLE.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        if self._head is not None:
            self._paint_head(painter, self._head)
        painter.end()

    def _paint_head(self, painter: QPainter, head: DeviceHead) -> None:
        middle = self.width() * 0.5
        self._text(painter, head.name, QPointF(_PAD, 40), middle, _NAME_PX, CONSOLE.ink, bold=True)
        self._text(painter, head.place, QPointF(_PAD, 66), middle, BODY_PX, CONSOLE.muted)
        self._text(painter, "  ·  ".join(head.facts), QPointF(_PAD, 94), self.width(), SMALL_PX, CONSOLE.muted)
        condition, colour = head.condition, colour_of(head.condition.tone)
        left = middle + _PAD
        Mark(Box(left, 21, _MARK_PX, _MARK_PX), condition.shape, colour).paint(painter)
        self._text(painter, condition.word, QPointF(left + _MARK_PX + 10, 40), self.width(), _NAME_PX - 4, colour, bold=True)
        self._text(painter, condition.meaning, QPointF(left, 66), self.width(), SMALL_PX, CONSOLE.ink)

    def _text(
        self, painter: QPainter, text: str, at: QPointF, right: float, size: float, colour: str, bold: bool = False
    ) -> None:
        font = make_font(size, bold)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, right - at.x() - _PAD)
        painter.drawText(at, shown)
