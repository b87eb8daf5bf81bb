"""A made-up stand-in for the shared reference window: numbers and three curves, and the time of the first frame."""

import argparse
import random
import sys
import time
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

_graph: Any = pg
_SIZE_SEPARATOR = "x"


class Figures(QWidget):
    """Six numbers in a row of cards."""

    def __init__(self, asked: float) -> None:
        super().__init__()
        self.values = [0.0] * 6
        self._asked, self._told = asked, False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor("#101820"))
        width = self.width() / 6
        for number, value in enumerate(self.values):
            card = QRectF(number * width + 8, 8, width - 16, self.height() - 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#1C2833"))
            painter.drawRoundedRect(card, 12, 12)
            painter.setPen(QColor("#FFFFFF"))
            painter.setFont(QFont("sans-serif", 48, QFont.Weight.Bold))
            painter.drawText(card, Qt.AlignmentFlag.AlignCenter, f"{value:.1f}")
        painter.end()
        if not self._told:
            self._told = True
            QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        sys.stdout.write(f"first-frame {time.time() - self._asked:.3f}\n")
        sys.stdout.flush()


def main() -> None:
    """Show it until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--start", type=float, default=time.time())
    parser.add_argument("--size", default="1920x1080")
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    window, figures = QWidget(), Figures(options.start)
    plot = _graph.PlotWidget()
    x = np.arange(600.0)
    curves = [plot.plot(x, np.sin(x / 40 + shift), pen=_graph.mkPen(width=1)) for shift in range(3)]
    box = QVBoxLayout(window)
    box.addWidget(figures, 1)
    box.addWidget(plot, 1)
    window.resize(*map(int, options.size.split(_SIZE_SEPARATOR)))
    window.show()

    def tick() -> None:
        figures.values = [random.random() * 100 for _ in range(6)]
        figures.update()
        for shift, curve in enumerate(curves):
            curve.setData(x, np.sin(x / 40 + shift + time.time() / 10))

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(1000)
    application.exec()


if __name__ == "__main__":
    main()
