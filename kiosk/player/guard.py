"""Counts what was really painted, and catches what a scene throws, so that one bad scene never takes the screen."""

from collections.abc import Callable

import structlog
from PySide6.QtCore import QEvent, QObject, QRect, QSize
from PySide6.QtWidgets import QWidget

PROOF_EVERY_S = 5.0
PAINT_DEADLINE_S = 20.0
REST_S = 600.0
"""A scene that failed is left alone this long, and longer each time it fails again."""
_SCENE = "scene"

_log = structlog.get_logger(__name__)


class Guard(QObject):
    """Watches the scenes of one player. A living process is no proof of a healthy screen; a painted scene is."""

    def __init__(self, parent: QObject, on_failure: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._on_failure = on_failure
        self._failures: dict[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._proof_asked_at = float("-inf")
        self._painted_at = float("inf")
        self.painted = 0
        """Paintings that succeeded so far; grows while the screen is alive."""
        self.now = 0.0
        """Monotonic seconds of the last ``watch``."""

    def adopt(self, scene: QWidget, name: str) -> None:
        """Paint this scene and the widgets it is made of under guard."""
        for widget in (scene, *scene.findChildren(QWidget)):
            widget.setProperty(_SCENE, name)
            widget.installEventFilter(self)

    def attempt(self, name: str, action: Callable[[], None]) -> bool:
        """Let a scene do something; False, and a rest for the scene, when it throws."""
        try:
            action()
        except Exception:  # noqa: BLE001 - the supervisor of scenes: whatever one throws, the screen goes on
            self._failed(name)
            return False
        return True

    def is_resting(self, name: str) -> bool:
        """Whether a scene is left out because it failed."""
        return self.now < self._rest_until.get(name, float("-inf"))

    def watch(self, scene: QWidget, name: str, now: float) -> None:
        """Once a second: ask the visible scene now and then for a pixel, and see that it came."""
        self.now = now
        if not scene.isVisible():
            self._painted_at = now
        elif now - self._painted_at > PAINT_DEADLINE_S:
            self._painted_at = now
            self._failed(name)
        elif now >= self._proof_asked_at + PROOF_EVERY_S:
            self._proof_asked_at = now
            _ask_for_a_pixel(scene)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Deliver paint events here, where an exception can be caught."""
        if event.type() is not QEvent.Type.Paint or not isinstance(watched, QWidget):
            return False
        if self.attempt(str(watched.property(_SCENE)), lambda: self._paint(watched, event)):
            self.painted += 1
            self._painted_at = self.now
        return True

    def _paint(self, scene: QWidget, event: QEvent) -> None:
        scene.event(event)

    def _failed(self, name: str) -> None:
        count = self._failures[name] = self._failures.get(name, 0) + 1
        if not self.is_resting(name):
            _log.exception("scene failed, resting", scene=name, failures=count)
        self._rest_until[name] = self.now + REST_S * min(count, 6)
        self._on_failure(name)


def _ask_for_a_pixel(scene: QWidget) -> None:
    """In the middle, of what lies uppermost: what is covered, or beyond the screen's edge, is never painted."""
    middle = scene.rect().center()
    seen = scene.childAt(middle) or scene
    seen.update(QRect(seen.mapFrom(scene, middle), QSize(1, 1)))
