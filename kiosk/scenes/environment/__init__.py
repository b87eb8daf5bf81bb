"""The scene ``environment``."""

from kiosk.scenes.environment.scene import EnvironmentScene

__all__ = ["EnvironmentScene"]
