"""Today's curve of a site: all inverters together in steps of five minutes, never a sum with a part missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.kit.bridge.snapshot import SiteDay
from backend.model.device import Device, DeviceKind
from backend.model.node import Curve
from backend.model.site import Site
from backend.store.contract import Level, Reader, Rollup

STEP_MS = 300_000
_DARK_SHARE = 0.02
"""Below this share of the day's best clear-sky power an inverter may be asleep: then silence means nothing generated."""
_COMPLETE_SHARE = 0.95

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar day of a zone as UTC milliseconds."""

    day: date
    start_ms: int
    end_ms: int

    @classmethod
    def around(cls, now_ms: int, timezone: str) -> "Span":
        """The day in which a moment lies; 23 to 25 hours long."""
        zone = ZoneInfo(timezone)
        day = datetime.fromtimestamp(now_ms / 1000, zone).date()
        midnights = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
        start_ms, end_ms = (round(midnight.timestamp() * 1000) for midnight in midnights)
        return cls(day, start_ms, end_ms)

    @property
    def bins(self) -> int:
        """Steps of the curve in this day."""
        return (self.end_ms - self.start_ms) // STEP_MS


async def read_day(reader: Reader, site: Site, devices: Sequence[Device], now_ms: int) -> SiteDay | None:
    """The day of a site that has inverters; None for others."""
    inverters = [d.key for d in devices if d.site == site.key and d.kind is DeviceKind.INVERTER]
    if not inverters:
        return None
    span = Span.around(now_ms, site.timezone)
    curve = await reader.document("clear_sky", f"{site.key}/{span.day.isoformat()}", Curve)
    curves = [
        await reader.rollup(f"{key}/ac_power", Level.MINUTE, span.start_ms, min(span.end_ms, now_ms + 1)) for key in inverters
    ]
    keys = [f"{key}/ac_energy" for key in inverters]
    energies = await reader.energy_by_day(keys, span.day, span.day)
    found = [energies.get(key, {}).get(span.day) for key in keys]
    return build_day(span, curves, found, curve, now_ms)


def build_day(
    span: Span, curves: Sequence[Rollup], energies_wh: Sequence[float | None], clear: Curve | None, now_ms: int
) -> SiteDay:
    """Put together what was read of each inverter; a bin with an inverter missing is unknown, except in the dark."""
    binned = np.array([bin_power(curve, span) for curve in curves])
    clear_at_ms, clear_w = clear_arrays(clear)
    middles = span.start_ms + STEP_MS * np.arange(span.bins, dtype=np.int64) + STEP_MS // 2
    dark = _dark(middles, clear_at_ms, clear_w)
    present = ~np.isnan(binned)
    somebody: Flags = np.any(present, axis=0)
    everybody: Flags = np.all(present, axis=0)
    total = np.where(everybody | dark, np.nansum(binned, axis=0), np.nan)
    known = [wh for wh in energies_wh if wh is not None]
    return SiteDay(
        day=span.day,
        at_ms=middles[somebody],
        power_w=total[somebody],
        energy_wh=sum(known) if known else None,
        complete=len(known) == len(energies_wh) and _is_whole(everybody | dark, somebody, middles, now_ms, bool(len(clear_w))),
        clear_at_ms=clear_at_ms,
        clear_w=clear_w,
        heard_ms=max((at for at in map(_last_known_ms, curves) if at is not None), default=None),
    )


def is_late(day: SiteDay | None, newest_ms: int | None) -> bool:
    """Whether a day has nothing to tell although an inverter measured today: the cache has it in a moment."""
    return newest_ms is not None and (day is None or day.energy_wh is None or not len(day.at_ms))


def _last_known_ms(curve: Rollup) -> int | None:
    known = curve.start_ms[~np.isnan(curve.mean)]
    return int(known[-1]) if len(known) else None


def bin_power(curve: Rollup, span: Span) -> Floats:
    """Mean power per step, weighted by coverage; NaN where nothing is known."""
    place = (curve.start_ms - span.start_ms) // STEP_MS
    good = ~np.isnan(curve.mean) & (place >= 0) & (place < span.bins)
    weight = np.bincount(place[good], curve.coverage[good], span.bins)
    total = np.bincount(place[good], curve.mean[good] * curve.coverage[good], span.bins)
    return np.divide(total, weight, out=np.full(span.bins, np.nan), where=weight > 0)


def clear_arrays(clear: Curve | None) -> tuple[NDArray[np.int64], Floats]:
    """A curve as arrays of time (the middles of its steps) and power."""
    if clear is None:
        return np.empty(0, np.int64), np.empty(0)
    at_ms = clear.start_ms + clear.step_ms // 2 + clear.step_ms * np.arange(len(clear.power_w), dtype=np.int64)
    return at_ms, np.array(clear.power_w)


def _dark(at_ms: NDArray[np.int64], clear_at_ms: NDArray[np.int64], clear_w: Floats) -> Flags:
    if not len(clear_w):
        return np.zeros(len(at_ms), np.bool_)
    return np.interp(at_ms, clear_at_ms, clear_w) < _DARK_SHARE * clear_w.max()


def _is_whole(settled: Flags, somebody: Flags, at_ms: NDArray[np.int64], now_ms: int, has_clear: bool) -> bool:
    """Whether nearly all steps so far are known: since dawn, or without a clear-sky curve since the first measurement."""
    past = at_ms < now_ms - STEP_MS
    if not has_clear:
        past &= np.logical_or.accumulate(somebody)
    return not past.any() or bool(settled[past].mean() >= _COMPLETE_SHARE)
