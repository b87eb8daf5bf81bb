"""The scene "History": this month by day and this year by month, beside last year."""

from typing import ClassVar

from app.kit.bridge.snapshot import Snapshot
from app.kit.presenters.history import HistoryView, has_history, view_history
from app.kit.widgets.backdrop import Picture
from app.kit.widgets.screen import Screen
from kiosk.scenes.history.picture import compose
from kiosk.scenes.viewed import ViewedScene


class HistoryScene(ViewedScene[HistoryView]):
    """What was generated here, with every gap to be seen."""

    name: ClassVar[str] = "history"

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Where any day before today is known."""
        return has_history(snapshot)

    def view(self, snapshot: Snapshot, now_ms: int) -> HistoryView | None:
        """What was generated."""
        return view_history(snapshot, now_ms)

    def picture(self, view: HistoryView, screen: Screen) -> Picture:
        """How it is painted."""
        return compose(view, screen)
