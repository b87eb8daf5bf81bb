"""The past of the sites that have a battery and a meter: weather, registers, and what is derived of them, a value a minute.

Derived values of the past are given like all other past, because a node derives nothing from what is late. They come
from the same formulae as those of the present.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from backend.derived.balance import own_consumption_w, self_consumption, self_sufficiency
from backend.derived.performance import performance_ratio
from backend.derived.wbgt import wbgt_of_sun
from backend.model import quantities as q
from backend.model.columns import Columns
from backend.model.derived import derived_device
from backend.model.point import Point, PointSpec
from backend.model.quality import Flag, Quality
from backend.simulation.flows import FlowsOfDay
from backend.simulation.plan import PlannedSite
from backend.simulation.roof import air_of_day
from backend.simulation.weather import STEP_MS, Day, Floats

_AIR: Final = (
    q.IRRADIANCE,
    q.PLANE_IRRADIANCE,
    q.MODULE_TEMPERATURE,
    q.AMBIENT_TEMPERATURE,
    q.HUMIDITY,
    q.WIND_SPEED,
    q.WIND_DIRECTION,
)
_DERIVED: Final = (
    q.GENERATION_POWER,
    q.BATTERY_POWER,
    q.GRID_POWER,
    q.LOAD_POWER,
    q.CHARGING_POWER,
    q.OWN_CONSUMPTION_POWER,
    q.SELF_CONSUMPTION,
    q.SELF_SUFFICIENCY,
    q.PERFORMANCE_RATIO,
    q.WBGT,
)
Series = Mapping[str, Floats]
"""Values by the key of a point; NaN where there is none."""


def points_of(site: PlannedSite) -> list[Point]:
    """Every point that ``minutes_of`` tells of."""
    assert site.storage is not None
    assert site.meter is not None
    sensor = f"{site.key}/{site.sensors[0].key}"
    several: Iterable[tuple[str, tuple[PointSpec, ...]]] = (
        (sensor, _AIR),
        (f"{site.key}/{site.storage.key}", (q.BATTERY_POWER, q.SOC)),
        (f"{site.key}/{site.meter.key}", (q.GRID_POWER, q.IMPORT_ENERGY, q.EXPORT_ENERGY)),
        (derived_device(site.key), _DERIVED),
    )
    return [Point(device, spec) for device, specs in several for spec in specs]


def minutes_of(site: PlannedSite, sky: Day, flows: FlowsOfDay) -> Series:
    """A day, one value a minute."""
    assert site.storage is not None
    assert site.meter is not None
    sensor, battery, meter = (f"{site.key}/{key}" for key in (site.sensors[0].key, site.storage.key, site.meter.key))
    air = air_of_day(sky, sky.start_ms + np.arange(len(sky.power_w), dtype=np.int64) * STEP_MS)
    found = {f"{sensor}/{name}": values for name, values in air.items()}
    found |= {
        f"{battery}/{q.BATTERY_POWER.name}": flows.battery_w,
        f"{battery}/{q.SOC.name}": 100 * flows.content_wh / site.storage.capacity_wh,
        f"{meter}/{q.GRID_POWER.name}": flows.grid_w,
        f"{meter}/{q.IMPORT_ENERGY.name}": np.floor(flows.import_wh),
        f"{meter}/{q.EXPORT_ENERGY.name}": np.floor(flows.export_wh),
    }
    return found | {f"{derived_device(site.key)}/{name}": values for name, values in _derived(site, flows, air).items()}


def _derived(site: PlannedSite, flows: FlowsOfDay, air: Series) -> Series:
    own_w = own_consumption_w(flows.sun_w, flows.grid_w)
    ratio = [
        performance_ratio(power_w, site.installed_kw, plane)
        for power_w, plane in zip(flows.sun_w.tolist(), air["plane_irradiance"].tolist(), strict=True)
    ]
    values = (
        flows.sun_w,
        flows.battery_w,
        flows.grid_w,
        flows.load_w,
        flows.cars_w,
        own_w,
        self_consumption(flows.sun_w, own_w),
        self_sufficiency(flows.load_w + flows.cars_w, flows.grid_w),
        np.array(ratio),
        wbgt_of_sun(air["ambient_temperature"], air["humidity"], air["irradiance"], air["wind_speed"]),
    )
    return {spec.name: value for spec, value in zip(_DERIVED, values, strict=True)}


def columns_of(series: Series, numbers: Mapping[str, int], day_ms: int, from_ms: int, to_ms: int) -> Columns:
    """The minutes between two instants of the day that began at ``day_ms``, of all series."""
    at_ms = np.arange(from_ms, to_ms, STEP_MS, dtype=np.int64)
    rows = slice((from_ms - day_ms) // STEP_MS, (from_ms - day_ms) // STEP_MS + len(at_ms))
    value = np.concatenate([values[rows] for values in series.values()])
    point = np.repeat(np.array([numbers[key] for key in series], np.int32), len(at_ms))
    quality = np.where(np.isnan(value), Quality.BAD_NOT_CONNECTED, Quality.GOOD).astype(np.uint32)
    return Columns(point, np.tile(at_ms, len(series)), value, quality, np.full(len(value), Flag.BACKFILLED, np.uint8))
