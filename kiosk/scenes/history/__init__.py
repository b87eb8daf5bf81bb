"""The scene ``history``."""

from kiosk.scenes.history.scene import HistoryScene

__all__ = ["HistoryScene"]
