"""The canvas paints again what changed, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtGui import QColor, QPainter
from pytestqt.qtbot import QtBot

from app.kit.widgets.box import Box
from app.kit.widgets.canvas import Canvas


@dataclass(frozen=True)
class Patch:
    """A coloured rectangle that reports its painting."""

    box: Box
    colour: str
    painted: Callable[[str], None] = field(compare=False)

    def paint(self, painter: QPainter) -> None:
        """Fill and report."""
        self.painted(self.colour)
        painter.fillRect(self.box.rect(), QColor(self.colour))


def test_only_changed_items_are_painted_again(qtbot: QtBot) -> None:
    painted: list[str] = []
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(300, 100)
    ground = Patch(Box(0, 0, 300, 100), "#101010", painted.append)
    left, right = Patch(Box(10, 10, 50, 50), "#ff0000", painted.append), Patch(Box(200, 10, 50, 50), "#00ff00", painted.append)
    canvas.show_items((ground,), (left, right))
    canvas.show()
    qtbot.waitExposed(canvas)
    qtbot.waitUntil(lambda: "#00ff00" in painted)
    painted.clear()
    canvas.show_items((ground,), (left, Patch(Box(200, 10, 50, 50), "#0000ff", painted.append)))
    qtbot.waitUntil(lambda: "#0000ff" in painted)
    assert painted == ["#0000ff"]
    assert canvas.grab().toImage().pixelColor(220, 30) == QColor("#0000ff")


def test_equal_items_paint_nothing(qtbot: QtBot) -> None:
    painted: list[str] = []
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(100, 100)
    canvas.show_items((), (Patch(Box(0, 0, 10, 10), "#ff0000", painted.append),))
    canvas.grab()
    painted.clear()
    canvas.show_items((), (Patch(Box(0, 0, 10, 10), "#ff0000", painted.append),))
    canvas.show()
    qtbot.waitExposed(canvas)
    painted.clear()
    canvas.show_items((), (Patch(Box(0, 0, 10, 10), "#ff0000", painted.append),))
    canvas.repaint(50, 50, 10, 10)
    assert painted == []


def test_a_changed_ground_shows_through(qtbot: QtBot) -> None:
    painted: list[str] = []
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(100, 100)
    canvas.show_items((Patch(Box(0, 0, 100, 100), "#ff0000", painted.append),), ())
    assert canvas.grab().toImage().pixelColor(50, 50) == QColor("#ff0000")
    canvas.show_items((Patch(Box(0, 0, 100, 100), "#00ff00", painted.append),), ())
    assert canvas.grab().toImage().pixelColor(50, 50) == QColor("#00ff00")
    canvas.resize(120, 120)
    assert canvas.grab().toImage().pixelColor(50, 50) == QColor("#00ff00")
