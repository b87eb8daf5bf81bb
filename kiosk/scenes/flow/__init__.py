"""The scene ``flow``."""

from kiosk.scenes.flow.scene import FlowScene

__all__ = ["FlowScene"]
