"""The day as a picture: the sun's arc, the hill of generation under it, and what a clear sky would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.kit.bridge.snapshot import SiteDay
from app.kit.i18n import Texts
from app.kit.i18n.times import day_of, local
from app.kit.presenters.daylight import DayLight
from backend.model.site import Site
from backend.model.sun import day_bounds_ms

Trace = tuple[tuple[float, float], ...]
"""Points by time: x from 0 at the left to 1 at the right, y from 0 at the ground to 1 at the top."""

_HOUR_MS = 3_600_000
_BIN_MS = 300_000
_GAP_MS = 1_200_000
_RUNNING_MS = 900_000
"""An interval under way has its middle ahead of the clock; its part of the hill ends at the present moment."""
_HILL_TOP = 0.78
_ARC_TOP_DEG = 80.0
_LABEL_EVERY_H = 3


@dataclass(frozen=True, slots=True)
class DayChart:
    """What the lower half of the scene shows; shares of the chart's width and height."""

    hours: tuple[tuple[float, str], ...]
    """Labelled full hours and where they stand."""
    arc: Trace
    """The sun's way from rise to set; empty where it does not rise or never sets."""
    hills: tuple[Trace, ...]
    """Pieces of known generation."""
    clear: Trace
    """What a clear sky would give; empty where it is not known."""
    now: float | None
    """Where the present moment is; None outside of the chart."""
    sun: tuple[float, float] | None
    """Where the sun stands; None while it is down."""


@dataclass(frozen=True, slots=True)
class _Axis:
    start_ms: int
    end_ms: int

    def share(self, at_ms: float) -> float:
        return (at_ms - self.start_ms) / (self.end_ms - self.start_ms)


def make_chart(site: Site, day: SiteDay | None, light: DayLight | None, now_ms: int, texts: Texts) -> DayChart:
    """The chart of one day from whatever is known of it."""
    axis = _axis(light, *day_bounds_ms(day_of(now_ms, site.timezone), site.timezone))
    scale_w = _scale_w(site, day)
    arc = _arc(light, axis) if light else ()
    sun_is_up = light is not None and light.rise_ms <= now_ms <= light.set_ms
    return DayChart(
        hours=_hours(axis, site.timezone, texts),
        arc=arc,
        hills=_hills(day, scale_w, axis, now_ms) if day else (),
        clear=_clear(day, scale_w, axis) if day else (),
        now=axis.share(now_ms) if axis.start_ms <= now_ms <= axis.end_ms else None,
        sun=_on(arc, axis.share(now_ms)) if sun_is_up else None,
    )


def _axis(light: DayLight | None, midnight_ms: int, next_ms: int) -> _Axis:
    """From the full hour before sunrise to the one after sunset; the whole day where there is neither."""
    if light is None:
        return _Axis(midnight_ms, next_ms)
    start = (light.rise_ms - _BIN_MS) // _HOUR_MS * _HOUR_MS
    end = -((-light.set_ms - _BIN_MS) // _HOUR_MS) * _HOUR_MS
    return _Axis(start, end)


def _hours(axis: _Axis, timezone: str, texts: Texts) -> tuple[tuple[float, str], ...]:
    found = ((at, local(at, timezone).hour) for at in range(axis.start_ms, axis.end_ms + 1, _HOUR_MS))
    return tuple((axis.share(at), texts.hour(hour)) for at, hour in found if hour % _LABEL_EVERY_H == 0)


def _arc(light: DayLight, axis: _Axis) -> Trace:
    """By the true altitude; a winter's arc is lower than a summer's, but never flat."""
    noon = max(height for _, height in light.trace)
    top = 0.84 + 0.15 * min(1.0, noon / _ARC_TOP_DEG)
    return tuple((axis.share(at), max(0.0, height / noon * top)) for at, height in light.trace) if noon > 0 else ()


def _on(trace: Trace, x: float) -> tuple[float, float] | None:
    if not trace:
        return None
    return x, float(np.interp(x, [p[0] for p in trace], [p[1] for p in trace]))


def _scale_w(site: Site, day: SiteDay | None) -> float:
    """The power that reaches the hill's full height."""
    known = [day.clear_w, day.power_w[np.isfinite(day.power_w)]] if day else []
    peak = max((float(part.max()) for part in known if len(part)), default=0.0)
    return max(peak, 1.0) if peak > 0 else (site.pv.installed_kw * 1000 if site.pv else 1000.0)


def _clear(day: SiteDay, scale_w: float, axis: _Axis) -> Trace:
    step = max(1, len(day.clear_at_ms) // 150)
    pairs = zip(day.clear_at_ms[::step].tolist(), day.clear_w[::step].tolist(), strict=True)
    inside = ((at, w) for at, w in pairs if axis.start_ms <= at <= axis.end_ms and w > 0)
    return tuple((axis.share(at), w / scale_w * _HILL_TOP) for at, w in inside)


def _hills(day: SiteDay, scale_w: float, axis: _Axis, now_ms: int) -> tuple[Trace, ...]:
    at, power = _thin(day.at_ms, day.power_w)
    inside = (at >= axis.start_ms) & (at <= min(axis.end_ms, now_ms + _RUNNING_MS))
    at, power = np.minimum(at[inside], now_ms), power[inside]
    if not len(at):
        return ()
    breaks = np.flatnonzero((np.diff(at) > _GAP_MS) | np.isnan(power[1:]) | np.isnan(power[:-1])) + 1
    pieces = zip(np.split(at, breaks), np.split(power, breaks), strict=True)
    return tuple(_piece(a, p, scale_w, axis) for a, p in pieces if len(a) > 1)


def _piece(at: NDArray[np.float64], power: NDArray[np.float64], scale_w: float, axis: _Axis) -> Trace:
    heights = np.clip(power / scale_w * _HILL_TOP, 0.0, 1.0)
    return tuple((round(axis.share(a), 5), round(h, 5)) for a, h in zip(at.tolist(), heights.tolist(), strict=True))


def _thin(at_ms: NDArray[np.int64], power_w: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over five minutes where the measurements lie closer; NaN where a whole bin is unknown."""
    bins = at_ms // _BIN_MS
    keys, where = np.unique(bins, return_inverse=True)
    good = np.isfinite(power_w)
    count = np.bincount(where, weights=good.astype(np.float64), minlength=len(keys))
    total = np.bincount(where, weights=np.where(good, power_w, 0.0), minlength=len(keys))
    at = np.bincount(where, weights=at_ms.astype(np.float64), minlength=len(keys)) / np.maximum(np.bincount(where), 1)
    return at, np.where(count > 0, total / np.maximum(count, 1), np.nan)
