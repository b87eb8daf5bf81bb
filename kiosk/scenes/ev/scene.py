"""The scene "EV chargers": which of the town's connectors can be used now."""

from typing import ClassVar

from PySide6.QtGui import QResizeEvent

from app.kit.bridge.snapshot import Snapshot
from app.kit.presenters.ev import EvView, has_chargers, view_ev
from app.kit.widgets.canvas import Canvas
from app.kit.widgets.screen import Screen
from kiosk.scenes.contract import Scene
from kiosk.scenes.ev.picture import compose

_PAGE_MS = 8_000
"""How long one of several pages stands."""


class EvScene(Scene):
    """A card per connector, several pages where there are many."""

    name: ClassVar[str] = "ev"

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas(self)
        self._snapshot = Snapshot(now_ms=0, node_seen_ms=None, plan=None)
        self._now_ms = 0
        self._page = 0
        self._page_since_ms: int | None = None
        self._pages = 1
        self._shown: tuple[EvView, Screen, int] | None = None

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Where there are chargers."""
        return has_chargers(snapshot)

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest look at the cache."""
        self._snapshot = snapshot
        self._now_ms = snapshot.now_ms
        self._compose()

    def tick(self, now_ms: int) -> None:
        """Let the clock and the ages move on, and the pages turn."""
        self._now_ms = now_ms
        if self._page_since_ms is None or now_ms < self._page_since_ms:
            self._page_since_ms = now_ms
        if now_ms - self._page_since_ms >= _PAGE_MS:
            self._page, self._page_since_ms = (self._page + 1) % self._pages, now_ms
        self._compose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out for the new size."""
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        self._compose()

    def _compose(self) -> None:
        screen = Screen.of(self.width(), self.height(), self._snapshot.plan)
        view = view_ev(self._snapshot, self._now_ms)
        if (view, screen, self._page) == self._shown:
            return
        self._shown = (view, screen, self._page)
        picture = compose(view, screen, self._page)
        self._pages = picture.pages
        self.canvas.show_items(picture.ground, picture.items)
