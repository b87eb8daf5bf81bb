"""Pseudo devices of a cellar, a battery and the meter at the grid, whose registers follow what flows at their site."""

from collections.abc import Callable

from backend.model.states import BatteryState
from backend.simulation.flows import Flows
from backend.simulation.sunspec import PseudoDevice, pseudo_battery, pseudo_meter

_BATTERY_V = 200.0
_NEUTRAL_V = 117.0
"""Of each phase, as the inverters of the roof have it."""


class CellarBattery:
    """The battery of a site."""

    def __init__(self, flows: Flows) -> None:
        self.device: PseudoDevice = pseudo_battery(flows.storage.serial, flows.storage.capacity_wh)
        self._flows = flows

    def renew(self, at_ms: int) -> None:
        """Bring the registers up to this instant."""
        power_w, soc = self._flows.battery(at_ms)
        state = BatteryState.CONNECTED if abs(power_w) >= 1 else BatteryState.STANDBY
        values = {"W": round(power_w), "A": power_w / _BATTERY_V, "SoC": soc, "State": int(state)}
        self.device.put(802, values)


class CellarMeter:
    """The meter between a site and the grid."""

    def __init__(self, serial: str, flows: Flows, sun_w: Callable[[int], float]) -> None:
        """``sun_w`` tells what the inverters really give at an instant."""
        self.device: PseudoDevice = pseudo_meter(serial, w_sf=1)
        self._flows, self._sun_w = flows, sun_w

    def renew(self, at_ms: int) -> None:
        """Bring the registers up to this instant."""
        power_w, import_wh, export_wh = self._flows.grid(at_ms, self._sun_w(at_ms))
        self.device.put(
            203,
            {
                "W": power_w,
                "A": abs(power_w) / _NEUTRAL_V,
                "PhV": _NEUTRAL_V,
                "TotWhImp": int(import_wh),
                "TotWhExp": int(export_wh),
            },
        )
