"""What is physically possible for one point: from its table, the nameplate, and the sun."""

from dataclasses import dataclass
from math import inf

from backend.model.device import Device, DeviceKind
from backend.model.point import PointSpec, Unit
from backend.model.site import Place, Site

PV_AC_MARGIN = 1.2
"""Inverters give up to this share of their rated power for moments (signage.md, "Plausibility")."""
PV_DC_MARGIN = 1.5
"""Strings are larger than the inverter by design, and it clips."""
PV_NIGHT_DRAW = 0.05
"""Share of the rated power that an inverter may draw from the grid."""
PV_DARK = 0.02
"""Share of the rated power that is still called nothing when the sun is down."""


@dataclass(frozen=True, slots=True)
class PointLimits:
    """Smallest and largest possible value, in the stored unit."""

    low: float = -inf
    high: float = inf
    dark_high: float = inf
    """Largest possible value when the sun is down at ``place``."""
    place: Place | None = None


def limits_for(device: Device, spec: PointSpec, site: Site | None) -> PointLimits:
    """Limits of one point of a device."""
    low = -inf if spec.low is None else spec.low
    high = inf if spec.high is None else spec.high
    rated_w = _rated_pv_w(device, site)
    if rated_w is None or spec.unit is not Unit.WATT or device.kind is not DeviceKind.INVERTER:
        return PointLimits(low, high)
    if spec.name == "ac_power":
        place = site.place if site is not None else None
        dark_high = inf if place is None else PV_DARK * rated_w
        return PointLimits(max(low, -PV_NIGHT_DRAW * rated_w), min(high, PV_AC_MARGIN * rated_w), dark_high, place)
    if spec.name.endswith("dc_power"):
        return PointLimits(max(low, -PV_NIGHT_DRAW * rated_w), min(high, PV_DC_MARGIN * rated_w))
    return PointLimits(low, high)


def _rated_pv_w(device: Device, site: Site | None) -> float | None:
    if device.rated_w is not None:
        return device.rated_w
    return site.pv.installed_kw * 1000 if site is not None and site.pv is not None else None
