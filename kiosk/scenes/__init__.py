"""The index of scenes: one line each, in the order of the default rotation."""

from kiosk.scenes.contract import Scene
from kiosk.scenes.environment import EnvironmentScene
from kiosk.scenes.ev import EvScene
from kiosk.scenes.flow import FlowScene
from kiosk.scenes.history import HistoryScene
from kiosk.scenes.now import NowScene

SCENES: dict[str, type[Scene]] = {
    "now": NowScene,
    "flow": FlowScene,
    "history": HistoryScene,
    "environment": EnvironmentScene,
    "ev": EvScene,
}
"""By the name that a plan uses."""
