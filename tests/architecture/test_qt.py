"""Qt's bindings keep their books: a wrong release loses a reference to None at every paint call and aborts after minutes."""

import sys

from PySide6.QtGui import QColor, QImage, QPainter, QPen

CALLS = 1000


def test_painting_keeps_the_count_of_none() -> None:
    image = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    pen = QPen(QColor(10, 20, 30))
    painter.setPen(pen)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.setPen(pen)
    drift = sys.getrefcount(None) - before
    painter.end()
    assert abs(drift) < CALLS / 100
