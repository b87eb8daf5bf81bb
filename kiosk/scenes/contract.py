"""What a scene promises to the player: built once, updated in place, painted by itself."""

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from app.kit.bridge.snapshot import Snapshot


class Scene(QWidget):
    """One full screen of the rotation.

    It is made without arguments, before anything is known. Languages, minimum text height and motion come with
    ``snapshot.plan``, so a changed plan is followed at the next snapshot without a restart.
    """

    name: ClassVar[str]
    """As in the plan's ``SceneSlot.name``; also the folder's name."""

    @classmethod
    def has_something(cls, snapshot: Snapshot) -> bool:
        """Whether the scene has anything of its own to show; the player skips it otherwise."""
        raise NotImplementedError

    def update_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest look at the cache. Cheap when nothing visible changed."""
        raise NotImplementedError

    def tick(self, now_ms: int) -> None:
        """Called about once a second while visible: clocks, ages and pages move on. ``now_ms`` is the node's time."""
        raise NotImplementedError
