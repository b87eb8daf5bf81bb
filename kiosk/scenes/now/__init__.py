"""The scene ``now``."""

from kiosk.scenes.now.scene import NowScene

__all__ = ["NowScene"]
