"""The index of scenes: one line each, in the order of the default rotation."""

from kiosk.scenes.contract import Scene
from kiosk.scenes.ev import EvScene
from kiosk.scenes.now import NowScene

SCENES: dict[str, type[Scene]] = {
    "now": NowScene,
    "ev": EvScene,
}
"""By the name that a plan uses."""
