"""The scene "Now": one hero number over the day's hill, under the real sky."""

from typing import ClassVar

from PySide6.QtGui import QResizeEvent

from app.kit.bridge.snapshot import Snapshot
from app.kit.presenters.now import NowView, has_generation, view_now
from app.kit.widgets.backdrop import blank
from app.kit.widgets.canvas import Canvas
from app.kit.widgets.screen import Screen
from kiosk.scenes.contract import Scene
from kiosk.scenes.now.picture import compose


class NowScene(Scene):
    """What this site generates at this moment."""

    name: ClassVar[str] = "now"

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas(self)
        self._snapshot: Snapshot | None = None
        self._now_ms = 0
        self._shown: tuple[NowView | None, Screen] | None = None

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Where there are photovoltaics."""
        return has_generation(snapshot)

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest look at the cache."""
        self._snapshot = snapshot
        self._now_ms = snapshot.now_ms
        self._compose()

    def tick(self, now_ms: int) -> None:
        """Let clock, sun and ages move on."""
        self._now_ms = now_ms
        self._compose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out for the new size."""
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        self._compose()

    def _compose(self) -> None:
        snapshot = self._snapshot
        screen = Screen.of(self.width(), self.height(), snapshot.plan if snapshot else None)
        view = view_now(snapshot, self._now_ms) if snapshot else None
        if (view, screen) == self._shown:
            return
        self._shown = (view, screen)
        ground, items = compose(view, screen) if view else blank(screen)
        self.canvas.show_items(ground, items)
