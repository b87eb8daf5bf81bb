"""The scene ``ev``."""

from kiosk.scenes.ev.scene import EvScene

__all__ = ["EvScene"]
