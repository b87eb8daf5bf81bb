"""What is physically possible for one point: from its table, the nameplate, the climate, and the sun."""

from dataclasses import dataclass, replace
from math import inf

from backend.model import quantities as q
from backend.model.device import Device, DeviceKind
from backend.model.point import PointSpec, Unit
from backend.model.site import Place, Site
from backend.quality.climate import LIGHT_OF_NIGHT, climate_of, is_sunlight

PV_AC_MARGIN = 1.2
"""Inverters give up to this share of their rated power for moments (signage.md, "Plausibility")."""
PV_DC_MARGIN = 1.5
"""Strings are larger than the inverter by design, and it clips."""
PV_NIGHT_DRAW = 0.05
"""Share of the rated power that an inverter may draw from the grid."""
PV_DARK = 0.02
"""Share of the rated power that is still called nothing when the sun is down."""
POWER_MARGIN = 1.2
"""Batteries and connectors give up to this share of their rated power for moments."""
SLACK, LEAST_SLACK_W = 0.1, 500.0
"""What is left for a building may fall below 0 by this share of the installed power for moments, because its parts are not
measured at the same instant; below that signs are swapped or a part is counted twice."""


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
    place = site.place if site is not None else None
    limits = _by_climate(PointLimits(*_of_spec(spec)), spec, place)
    if spec.unit is not Unit.WATT:
        return limits
    match device.kind:
        case DeviceKind.INVERTER:
            return _inverter(limits, _rated_pv_w(device, site), spec, place)
        case DeviceKind.BATTERY if device.rated_w is not None:
            return _within(limits, -POWER_MARGIN * device.rated_w, POWER_MARGIN * device.rated_w)
        case DeviceKind.CHARGER:
            return _charger(limits, device, spec)
        case _:
            return limits


def limits_of_site(spec: PointSpec, site: Site) -> PointLimits:
    """Limits of a value that is derived for a whole site."""
    limits = _by_climate(PointLimits(*_of_spec(spec)), spec, None)
    if spec.name not in (q.LOAD_POWER.name, q.CHARGING_POWER.name):
        return limits
    installed_w = site.pv.installed_kw * 1000 if site.pv is not None else 0.0
    return _within(limits, -max(LEAST_SLACK_W, SLACK * installed_w), inf)


def _of_spec(spec: PointSpec) -> tuple[float, float]:
    return -inf if spec.low is None else spec.low, inf if spec.high is None else spec.high


def _within(limits: PointLimits, low: float, high: float) -> PointLimits:
    return replace(limits, low=max(limits.low, low), high=min(limits.high, high))


def _by_climate(limits: PointLimits, spec: PointSpec, place: Place | None) -> PointLimits:
    known = climate_of(spec, place)
    limits = limits if known is None else _within(limits, *known)
    return replace(limits, dark_high=LIGHT_OF_NIGHT, place=place) if is_sunlight(spec) and place is not None else limits


def _inverter(limits: PointLimits, rated_w: float | None, spec: PointSpec, place: Place | None) -> PointLimits:
    if rated_w is None:
        return limits
    if spec.name == q.AC_POWER.name:
        limits = _within(limits, -PV_NIGHT_DRAW * rated_w, PV_AC_MARGIN * rated_w)
        return limits if place is None else replace(limits, dark_high=PV_DARK * rated_w, place=place)
    if spec.name.endswith("dc_power"):
        return _within(limits, -PV_NIGHT_DRAW * rated_w, PV_DC_MARGIN * rated_w)
    return limits


def _charger(limits: PointLimits, device: Device, spec: PointSpec) -> PointLimits:
    for plate in device.connectors:
        if spec.name == f"connector{plate.number}.power" and plate.max_w is not None:
            return _within(limits, -inf, POWER_MARGIN * plate.max_w)
    return limits


def _rated_pv_w(device: Device, site: Site | None) -> float | None:
    if device.rated_w is not None:
        return device.rated_w
    return site.pv.installed_kw * 1000 if site is not None and site.pv is not None else None
