"""The scene "Environment": the air at this site now and in the last 24 hours, and what its heat means."""

from typing import ClassVar

from app.kit.bridge.snapshot import Snapshot
from app.kit.presenters.air import AirView, has_air, view_air
from app.kit.widgets.backdrop import Picture
from app.kit.widgets.screen import Screen
from kiosk.scenes.environment.picture import compose
from kiosk.scenes.viewed import ViewedScene


class EnvironmentScene(ViewedScene[AirView]):
    """Heat index first, then every other quantity that is measured here."""

    name: ClassVar[str] = "environment"

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Where anything of the environment is measured."""
        return has_air(snapshot)

    def view(self, snapshot: Snapshot, now_ms: int) -> AirView | None:
        """What the air is like."""
        return view_air(snapshot, now_ms)

    def picture(self, view: AirView, screen: Screen) -> Picture:
        """How it is painted."""
        return compose(view, screen)
