"""The real kiosk in its own process, which tells when its first scene was painted and, when asked, how long painting takes."""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.host import Stage, run
from backend.store.reader import open_reader
from kiosk.player import Player
from kiosk.scenes import SCENES

_WARM, _WINDOWS, _PAINTS = 20, 5, 60


class Watcher(QObject):
    """Sees the first scene painted; then paints it over and over where that is wanted."""

    def __init__(self, player: Player, asked: float, paints: bool) -> None:
        super().__init__(player)
        self._player, self._asked, self._paints, self._told = player, asked, paints, False
        self._timer = QTimer(self, interval=5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if self._told or not self._player.shown or not self._player.guard.painted:
            return
        self._told = True
        self._timer.stop()
        tell({"first_frame_s": time.time() - self._asked})
        if self._paints:
            QTimer.singleShot(3000, self._measure)

    def _measure(self) -> None:
        """A second's work with everything painted (mostly only what changed is): medians of five windows."""
        took: list[float] = []
        scene = self._player._widget(self._player.shown)
        seen = scene.childAt(scene.rect().center()) or scene
        now_ms = self._player._bridge.now_ms()
        for number in range(_WARM + _WINDOWS * _PAINTS):
            before = time.perf_counter()
            scene.tick(now_ms + 1000 * number)  # type: ignore[attr-defined]
            seen.repaint()
            took.append((time.perf_counter() - before) * 1000)
        windows = np.array(took[_WARM:]).reshape(_WINDOWS, _PAINTS)
        p50, p95 = (float(np.median(np.percentile(windows, share, axis=1))) for share in (50, 95))
        tell({"paint_ms": {"p50": p50, "p95": p95}})


def tell(answer: dict[str, object]) -> None:
    """One JSON object a line."""
    print(json.dumps(answer), flush=True)


def main() -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--start", type=float, required=True)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--only", default="")
    parser.add_argument("--paints", action="store_true")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")

    def make(bridge: object, tasks: object) -> Player:
        player = Player(bridge, SCENES, only=options.only)  # type: ignore[arg-type]
        Watcher(player, options.start, options.paints)
        return player

    stage = Stage((int(width), int(height)), pictures=None)
    return run(make, options.cache, open_reader, stage)


if __name__ == "__main__":
    sys.exit(main())
