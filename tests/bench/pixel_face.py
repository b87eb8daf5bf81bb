"""The real kiosk in its own process, with an eye on one pixel: it tells when that pixel was painted in another colour.

Commands on standard input: ``keep NAME`` remembers the whole picture under a name, ``find`` looks for a pixel that tells
the two names apart in every kept picture. Answers and colours go to standard output, a JSON object a line.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QRect, QSocketNotifier, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from app.host import Stage, run
from backend.store.reader import open_reader
from kiosk.player import Player
from kiosk.scenes import SCENES

Picture = NDArray[np.uint8]
BLOCK = 8
"""Side of the areas that are compared, in pixels."""


class Eye(QObject):
    """Looks at one pixel after every painting."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window
        self._kept: dict[str, list[Picture]] = {}
        self._pixel: tuple[int, int] | None = None
        self._colour = ""
        self._looking = False
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        self._commands = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._commands.activated.connect(self._obey)
        tell({"ready": True})

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A paint event of ours: look when it is done."""
        if self._pixel is not None and not self._looking and event.type() is QEvent.Type.Paint:
            QTimer.singleShot(0, self._look)
        return False

    def _look(self) -> None:
        at_ns = time.monotonic_ns()
        assert self._pixel is not None
        self._looking = True
        colour = self._window.grab(QRect(*self._pixel, 1, 1)).toImage().pixelColor(0, 0).name()
        self._looking = False
        if colour != self._colour:
            self._colour = colour
            tell({"colour": colour, "at_ns": at_ns})

    def _obey(self) -> None:
        command, _, name = sys.stdin.readline().strip().partition(" ")
        if command == "keep":
            self._kept.setdefault(name, []).append(picture(self._window))
            tell({"kept": name})
        elif command == "find":
            self._pixel = telling_pixel(*self._kept.values())
            tell({"pixel": self._pixel})
            self._look()
        else:
            QApplication.closeAllWindows()


def picture(window: QWidget) -> Picture:
    """The window as it is painted now."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def telling_pixel(first: list[Picture], second: list[Picture]) -> tuple[int, int]:
    """The middle of the area where all first pictures agree, all second ones agree, and the two differ most."""
    steady = np.logical_and(*(np.all([(p == group[0]).all(axis=2) for p in group], axis=0) for group in (first, second)))
    telling = (np.abs(first[0].astype(np.int16) - second[0]).sum(axis=2) > 60) & steady
    rows, columns = (size // BLOCK for size in telling.shape)
    blocks = telling[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).sum(axis=(1, 3))
    row, column = (int(n) for n in np.unravel_index(int(blocks.argmax()), blocks.shape))
    inside = np.argwhere(telling[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK])
    if not len(inside):
        raise RuntimeError("no pixel tells the two states apart")
    y, x = inside[len(inside) // 2]
    return column * BLOCK + int(x), row * BLOCK + int(y)


def tell(words: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", type=Path)
    parser.add_argument("--size", default="1920x1080")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    eyes: list[Eye] = []

    def make(bridge: object, tasks: object) -> QWidget:
        player = Player(bridge, SCENES)  # pyright: ignore[reportArgumentType]
        QTimer.singleShot(0, player, lambda: eyes.append(Eye(player)))
        return player

    return run(make, options.cache, open_reader, Stage(size=(width, height)))


if __name__ == "__main__":
    sys.exit(main())
