"""The index of screens: one line each, in the order of the navigation."""

from app.console.screens.contract import Screen
from app.console.screens.device.screen import DeviceScreen
from app.console.screens.devices.screen import DevicesScreen
from app.console.screens.overview.screen import OverviewScreen

SCREENS: dict[str, type[Screen]] = {
    "overview": OverviewScreen,
    "devices": DevicesScreen,
    "device": DeviceScreen,
}
"""By name. What is about one thing only is reached from the others and not in the navigation."""

IN_NAVIGATION = ("overview", "devices")
