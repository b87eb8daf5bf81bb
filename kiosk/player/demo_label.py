"""The label that no demo can be without: these figures come from pseudo devices."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kit.i18n import texts_for
from app.kit.theme import KIOSK, TYPE, make_font


class DemoLabel(QWidget):
    """A small tag at the top edge of its parent, in the languages of the screen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._owner = parent
        self._text = ""

    def place(self, languages: tuple[str, ...]) -> None:
        """Fit size, position and language to the parent."""
        self._text = " / ".join(dict.fromkeys(texts_for(language).say("Demo") for language in languages[:2]))
        room = self._owner.size()
        unit = min(room.width(), room.height())
        width = QFontMetricsF(make_font(TYPE.small * unit, bold=True)).horizontalAdvance(self._text) + 0.05 * unit
        self.setGeometry(round((room.width() - width) / 2), 0, round(width), round(0.05 * unit))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Yellow, dark letters, hanging from the edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(KIOSK.sun))
        corner = self.height() * 0.25
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, -corner, 0, 0), corner, corner)
        painter.setPen(QColor(KIOSK.ink))
        painter.setFont(make_font(self.height() * 0.56, bold=True))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
