"""Everything that is derived for one site at one instant, by name."""

from typing import Final

from backend.derived.balance import Balance, Powers, balanced, own_consumption_w, self_consumption, self_sufficiency
from backend.derived.gauging import Gauging
from backend.derived.parts import NOTHING_THERE, Part, combined
from backend.derived.performance import performance_ratio, plane_of_horizontal
from backend.derived.sources import Measure, Sources, Station
from backend.derived.wbgt import wbgt_of_globe, wbgt_of_sun
from backend.model import quantities as q
from backend.model.point import PointSpec
from backend.model.quality import Flag

CALM: Final = Part(0.0)
"""Where nobody measures the wind: none, which errs towards safety."""
_FLOWS: Final = (q.GENERATION_POWER, q.BATTERY_POWER, q.GRID_POWER, q.LOAD_POWER, q.CHARGING_POWER)
_MOST_HUMID: Final = 100.0


def specs_of(sources: Sources) -> tuple[PointSpec, ...]:
    """The points that a site has: of what is not there, none."""
    found = _powers_of(sources)
    if _has_ratio(sources):
        found.append(q.PERFORMANCE_RATIO)
    if sources.station is not None:
        found.append(q.WBGT)
    return tuple(found)


def _powers_of(sources: Sources) -> list[PointSpec]:
    """None where nothing electric is measured at all."""
    measures = _measures(sources)
    if all(measure is None or measure is NOTHING_THERE for measure in measures):
        return []
    found = [spec for spec, measure in zip(_FLOWS, measures, strict=True) if measure is not NOTHING_THERE]
    return [*found, q.SELF_SUFFICIENCY, *((q.OWN_CONSUMPTION_POWER, q.SELF_CONSUMPTION) if sources.has_sun else ())]


def derive(sources: Sources, gauging: Gauging, at_ms: int) -> dict[str, Part]:
    """A part for each of ``specs_of``, by the name of the point."""
    balance = balanced(Powers(*(gauging.measured(measure) for measure in _measures(sources))))
    found = dict(zip((spec.name for spec in _FLOWS), balance, strict=True))
    found[q.SELF_SUFFICIENCY.name] = _self_sufficiency(balance)
    own = combined((balance.generation, balance.grid), lambda v: float(own_consumption_w(v[0], v[1])))
    found[q.OWN_CONSUMPTION_POWER.name] = own
    found[q.SELF_CONSUMPTION.name] = combined((balance.generation, own), lambda v: float(self_consumption(v[0], v[1])))
    if _has_ratio(sources):
        found[q.PERFORMANCE_RATIO.name] = _performance_ratio(sources, gauging, balance.generation, at_ms)
    if sources.station is not None:
        found[q.WBGT.name] = _wbgt(sources.station, gauging)
    return {spec.name: found[spec.name] for spec in specs_of(sources)}


def _measures(sources: Sources) -> tuple[Measure, ...]:
    return (sources.generation, sources.battery, sources.grid, sources.load, sources.charging)


def _self_sufficiency(balance: Balance) -> Part:
    parts = (balance.load, balance.charging, balance.grid)
    return combined(parts, lambda v: float(self_sufficiency(v[0] + v[1], v[2])))


def _has_ratio(sources: Sources) -> bool:
    return sources.has_sun and sources.site.pv is not None and (sources.plane is not None or sources.horizontal is not None)


def _performance_ratio(sources: Sources, gauging: Gauging, generation: Part, at_ms: int) -> Part:
    """By the plane's irradiance; by the horizontal one turned to the plane, and flagged so, where nobody measures that."""
    site, pv = sources.site, sources.site.pv
    assert pv is not None
    if sources.plane is not None:
        light = gauging.part(sources.plane)
        return combined((generation, light), lambda v: performance_ratio(v[0], pv.installed_kw, v[1]))
    assert sources.horizontal is not None
    light = gauging.part(sources.horizontal)
    turned = combined((light,), lambda v: plane_of_horizontal(v[0], at_ms, site.place, pv))
    found = combined((generation, turned), lambda v: performance_ratio(v[0], pv.installed_kw, v[1]))
    return found if found.is_absent else found._replace(flags=found.flags | Flag.SUBSTITUTED)


def _wbgt(station: Station, gauging: Gauging) -> Part:
    """By the globe thermometer where there is one."""
    temperature, humidity = gauging.part(station.temperature), gauging.part(station.humidity)
    humidity = humidity._replace(value=min(humidity.value, _MOST_HUMID))
    wind = CALM if station.wind is None else gauging.part(station.wind)
    if station.globe is not None:
        return combined((temperature, humidity, gauging.part(station.globe), wind), lambda v: wbgt_of_globe(*v))
    assert station.irradiance is not None
    light = gauging.part(station.irradiance)
    light = light._replace(value=max(light.value, 0.0))
    return combined((temperature, humidity, light, wind), lambda v: wbgt_of_sun(*v))
