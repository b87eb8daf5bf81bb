"""One figure of the overview."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.console.screens.overview.figures import Figure
from app.console.style import BODY_PX, FIGURE_PX, RADIUS_PX, SMALL_PX, colour_of
from app.kit.theme import CONSOLE, make_font

_PAD = 16.0
_SMALLEST_PX = 12
_NOTHING = Figure("", "")


class FigureTile(QWidget):
    """Caption, number, note."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._figure = _NOTHING
        self.setFixedHeight(104)

    def show_figure(self, figure: Figure) -> None:
        """Painted again only when it differs."""
        if figure != self._figure:
            self._figure = figure
            self.setAccessibleName(f"{figure.caption}: {figure.number} {figure.note}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A white plate; the note goes beside the number, or below it where it is too long."""
        figure = self._figure
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(CONSOLE.line), 1))
        painter.setBrush(QColor(CONSOLE.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        self._text(painter, figure.caption, QPointF(_PAD, 32), SMALL_PX, CONSOLE.muted)
        room = self.width() - 2 * _PAD
        needed = _width(figure.number, FIGURE_PX, True) + 10 + _width(figure.note, BODY_PX, False)
        beside = needed <= room
        baseline = 78 if beside else 70
        right = self._text(painter, figure.number, QPointF(_PAD, baseline), FIGURE_PX, colour_of(figure.tone), bold=True)
        place, size = (QPointF(right + 10, baseline), BODY_PX) if beside else (QPointF(_PAD, 94), SMALL_PX)
        while not beside and size > _SMALLEST_PX and _width(figure.note, size, False) > room:
            size -= 1
        self._text(painter, figure.note, place, size, CONSOLE.muted)
        painter.end()

    def _text(self, painter: QPainter, text: str, at: QPointF, size: float, colour: str, bold: bool = False) -> float:
        font = make_font(size, bold)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - at.x() - _PAD)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(at, shown)
        return at.x() + metrics.horizontalAdvance(shown)


def _width(text: str, size: float, bold: bool) -> float:
    return QFontMetricsF(make_font(size, bold)).horizontalAdvance(text)
