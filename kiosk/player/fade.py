"""A cross-fade of two pictures: painted by itself, so that the scenes below are not painted for every frame."""

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QPointF, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

DURATION_MS = 400


class Fade(QWidget):
    """Covers its parent while it fades; hidden and without pictures otherwise."""

    def __init__(self, parent: QWidget, finished: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._old, self._new = QPixmap(), QPixmap()
        self._owner = parent
        self._finished = finished
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setDuration(DURATION_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutSine)
        self._animation.valueChanged.connect(self.update)
        self._animation.finished.connect(self._end)
        self.hide()

    def begin(self, old: QPixmap, new: QPixmap) -> None:
        """Go from one picture of the parent to another."""
        self._old, self._new = old, new
        self.setGeometry(self._owner.rect())
        self.raise_()
        self.show()
        self._animation.start()

    def is_running(self) -> bool:
        """Whether a fade is under way."""
        return self._animation.state() is QVariantAnimation.State.Running

    def stop(self) -> None:
        """Show at once what is below."""
        self._animation.stop()
        self._end()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The old picture, and over it as much of the new one as time has come."""
        painter = QPainter(self)
        painter.drawPixmap(QPointF(0, 0), self._old)
        painter.setOpacity(float(self._animation.currentValue() or 0.0))
        painter.drawPixmap(QPointF(0, 0), self._new)
        painter.end()

    def _end(self) -> None:
        was_visible = self.isVisible()
        self.hide()
        self._old, self._new = QPixmap(), QPixmap()
        if was_visible:
            self._finished()
