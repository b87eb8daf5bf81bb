"""The usual scene: one view of the snapshot, one picture of the view."""

from typing import Generic, TypeVar

from PySide6.QtGui import QResizeEvent

from app.kit.bridge.snapshot import Snapshot
from app.kit.widgets.backdrop import Picture, blank
from app.kit.widgets.canvas import Canvas
from app.kit.widgets.screen import Screen
from kiosk.scenes.contract import Scene

View = TypeVar("View")


class ViewedScene(Scene, Generic[View]):
    """Composes anew only when the view or the size is another one."""

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas(self)
        self._snapshot: Snapshot | None = None
        self._now_ms = 0
        self._shown: tuple[View | None, Screen] | None = None

    def view(self, snapshot: Snapshot, now_ms: int) -> View | None:
        """Everything that is said at ``now_ms``; None while not even the site is known."""
        raise NotImplementedError

    def picture(self, view: View, screen: Screen) -> Picture:
        """How it is painted."""
        raise NotImplementedError

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest look at the cache."""
        self._snapshot, self._now_ms = snapshot, snapshot.now_ms
        self._compose()

    def tick(self, now_ms: int) -> None:
        """Let clock, sky and ages move on."""
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
        view = self.view(snapshot, self._now_ms) if snapshot else None
        if (view, screen) == self._shown:
            return
        self._shown = (view, screen)
        self.canvas.show_items(*(self.picture(view, screen) if view is not None else blank(screen)))
