"""The scene that is always there: no cache, no fonts, no data needed to paint it."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kit.i18n import texts_for
from app.kit.theme import KIOSK, TYPE, make_font


class FallbackScene(QWidget):
    """Says calmly that the screen is getting ready, in two languages, under a drawn sun."""

    def __init__(self, parent: QWidget, languages: tuple[str, ...] = ("ja", "en")) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._languages = languages

    def set_languages(self, languages: tuple[str, ...]) -> None:
        """Speak as the plan says."""
        if languages != self._languages:
            self._languages = languages
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything; it seldom happens."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(KIOSK.sky))
        unit = min(self.height(), self.width())
        self._paint_sun(painter, unit)
        for row, language in enumerate(self._languages[:2]):
            painter.setFont(make_font((TYPE.title if row == 0 else TYPE.body) * unit, bold=row == 0))
            painter.setPen(QColor(KIOSK.ink if row == 0 else KIOSK.muted))
            top = self.height() / 2 + unit * (0.08 + 0.085 * row)
            place = QRectF(0, top, self.width(), 0.08 * unit)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, texts_for(language).say("Getting ready. One moment, please."))
        painter.end()

    def _paint_sun(self, painter: QPainter, unit: float) -> None:
        radius = 0.09 * unit
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(KIOSK.card))
        middle = QRectF(self.width() / 2 - radius, self.height() / 2 - 1.7 * radius, 2 * radius, 2 * radius)
        painter.drawEllipse(middle.adjusted(-0.1 * radius, -0.1 * radius, 0.1 * radius, 0.1 * radius))
        painter.setBrush(QColor(KIOSK.sun))
        painter.drawEllipse(middle)
