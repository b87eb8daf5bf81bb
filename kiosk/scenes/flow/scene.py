"""The scene "Energy flow": sun, grid, battery, cars and the building, with what flows between them."""

from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent

from app.kit.bridge.snapshot import Snapshot
from app.kit.presenters.flow import FlowView, has_flow, view_flow
from app.kit.widgets.backdrop import Picture
from app.kit.widgets.screen import Screen
from kiosk.scenes.flow.picture import FlowPicture, compose
from kiosk.scenes.flow.stream import STEPS
from kiosk.scenes.viewed import ViewedScene

_STEP_MS = 100
"""An arrow takes the place of the next one in 2.4 s: slow enough to be looked at calmly."""


class FlowScene(ViewedScene[FlowView]):
    """Arrows wander along each flow, where the plan wants motion; nothing else is painted for it."""

    name: ClassVar[str] = "flow"

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._flows: FlowPicture | None = None
        self._timer = QTimer(self, interval=_STEP_MS)
        self._timer.timeout.connect(self._move)

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Where the site knows what it uses or what comes from the grid."""
        return has_flow(snapshot)

    def view(self, snapshot: Snapshot, now_ms: int) -> FlowView | None:
        """What flows."""
        view = view_flow(snapshot, now_ms)
        self._rest_or_move(view is not None and view.moving)
        return view

    def picture(self, view: FlowView, screen: Screen) -> Picture:
        """How it is painted."""
        self._flows = compose(view, screen)
        return self._flows.at(self._step)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to move."""
        super().showEvent(event)
        if self._shown and self._shown[0]:
            self._rest_or_move(self._shown[0].moving)

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees does not move."""
        super().hideEvent(event)
        self._timer.stop()

    def _rest_or_move(self, wanted: bool) -> None:
        if wanted and self.isVisible():
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def _move(self) -> None:
        self._step = (self._step + 1) % STEPS
        if self._flows is not None:
            self.canvas.show_items(*self._flows.at(self._step))
