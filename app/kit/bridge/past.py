"""What screens show of the past of their own site: its days since last year, and the air of the last 24 hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.kit.bridge.days import Span
from app.kit.bridge.snapshot import PointTrace, SiteHistory
from backend.model import quantities as q
from backend.model.device import Device, DeviceKind
from backend.model.kiosk import KioskPlan
from backend.model.site import Place, Site
from backend.model.sun import day_bounds_ms, elevation_deg
from backend.store.contract import Level, Reader, Rollup

TRACES_EVERY_S = 60.0
HISTORY_EVERY_S = 600.0
"""Days that are over change by what comes late only."""
AIR = tuple(
    spec.name for spec in (q.WBGT, q.AMBIENT_TEMPERATURE, q.HUMIDITY, q.CO2, q.PM25, q.IRRADIANCE, q.WIND_SPEED, q.ILLUMINANCE)
)
"""Quantities of the environment, in the order of their weight for people."""
_TRACE_MS = 86_400_000
_QUARTER_MS = 900_000
_MOST_TRACES = 24
_AWAKE_DEG = 5.0
"""Altitude of the sun from which an inverter has to tell something."""
_COVERED_SHARE = 0.9
_HALF_HOURS = 48


@dataclass(slots=True)
class Past:
    """What was read last, and when (monotonic seconds)."""

    traces: Mapping[str, PointTrace] = field(default_factory=dict[str, PointTrace])
    history: Mapping[str, SiteHistory] = field(default_factory=dict[str, SiteHistory])
    _traces_at: float = float("-inf")
    _history_at: float = float("-inf")
    _day: tuple[str, date] | None = None

    async def renew(
        self,
        reader: Reader,
        site: Site,
        devices: Iterable[Device],
        heard: Iterable[str],
        now_ms: int,
        monotonic: float,
        speed: float,
    ) -> bool:
        """Read again what is due; ``heard`` are the keys of all points with a reading. Whether there is anything new."""
        before = self.traces, self.history
        traces_due = monotonic >= self._traces_at + TRACES_EVERY_S / max(1.0, speed)
        day = (site.key, Span.around(now_ms, site.timezone).day)
        history_due = day != self._day or monotonic >= self._history_at + HISTORY_EVERY_S / max(1.0, speed)
        if traces_due:
            self._traces_at = monotonic
            self.traces = {key: await read_trace(reader, key, now_ms) for key in air_points(site.key, heard)}
        if history_due:
            self._history_at, self._day = monotonic, day
            found = await read_history(reader, site, devices, now_ms)
            self.history = {site.key: found} if found else {}
        return (self.traces, self.history) != before


def own_site(plan: KioskPlan | None, sites: Mapping[str, Site]) -> Site | None:
    """The site whose screen this is: the plan's, else the first."""
    if plan and plan.site in sites:
        return sites[plan.site]
    return next(iter(sites.values()), None)


def air_points(site: str, keys: Iterable[str]) -> Sequence[str]:
    """The points of a site that tell of its environment, by weight and key, not more than can be shown."""
    own = sorted(key for key in keys if key.startswith(f"{site}/"))
    return [key for name in AIR for key in own if key.rpartition("/")[2] == name][:_MOST_TRACES]


async def read_trace(reader: Reader, key: str, now_ms: int) -> PointTrace:
    """The last 24 hours of one point."""
    found = await reader.rollup(key, Level.QUARTER, now_ms - _TRACE_MS, now_ms + 1)
    known = ~np.isnan(found.mean)
    return PointTrace(found.start_ms[known] + _QUARTER_MS // 2, found.mean[known])


async def read_history(reader: Reader, site: Site, devices: Iterable[Device], now_ms: int) -> SiteHistory | None:
    """The days of a site that has inverters; None for others, and where nothing is known of any day."""
    keys = [f"{d.key}/ac_energy" for d in devices if d.site == site.key and d.kind is DeviceKind.INVERTER]
    if not keys:
        return None
    today = Span.around(now_ms, site.timezone).day
    first = date(today.year - 1, 1, 1)
    start_ms, _ = day_bounds_ms(first, site.timezone)
    end_ms, _ = day_bounds_ms(today, site.timezone)
    found = [await reader.rollup(key, Level.DAY, start_ms, end_ms) for key in keys]
    history = build_history(site, first, today, found)
    return None if np.isnan(history.energy_wh).all() else history


def build_history(site: Site, first: date, today: date, found: Sequence[Rollup]) -> SiteHistory:
    """Put together the days ``first <= day < today`` of each generator."""
    count = (today - first).days
    starts = np.array([day_bounds_ms(first + timedelta(days=n), site.timezone)[0] for n in range(count)], np.int64)
    awake = _awake_share(site.place, site.timezone, first, count)
    energy = np.full((len(found), count), np.nan)
    covered = np.zeros((len(found), count), np.bool_)
    for row, rollup in enumerate(found):
        place = np.searchsorted(starts, rollup.start_ms, side="right") - 1
        inside = (place >= 0) & (place < count)
        energy[row, place[inside]] = rollup.energy[inside]
        covered[row, place[inside]] = rollup.coverage[inside] >= _COVERED_SHARE * awake[place[inside]]
    known = ~np.isnan(energy)
    total = np.where(known.any(axis=0), np.nansum(energy, axis=0), np.nan)
    return SiteHistory(first, total, np.all(known & covered, axis=0))


@lru_cache(maxsize=4)
def _awake_share(place: Place, timezone: str, first: date, count: int) -> NDArray[np.float64]:
    """The share of each day for which a generator has to tell something."""
    starts = np.array([day_bounds_ms(first + timedelta(days=n), timezone)[0] for n in range(count)], np.int64)
    at_ms = starts[:, None] + (np.arange(_HALF_HOURS) * 2 + 1)[None, :] * _QUARTER_MS
    up = elevation_deg(at_ms.ravel(), place, refracted=False).reshape(at_ms.shape) > _AWAKE_DEG
    return up.mean(axis=1)
