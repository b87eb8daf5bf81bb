"""The scene "EV chargers"."""

from kiosk.scenes.contract import Scene


class EvScene(Scene):
    """x"""

    name = "ev"
