"""The last 24 hours of one point as a line: shares of a picture's width and height."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.kit.bridge.snapshot import PointTrace
from app.kit.i18n import Texts
from app.kit.i18n.times import local
from app.kit.presenters.day_chart import Trace

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_STEP_MS = 300_000
"""How far the picture moves at a time, so that it stands still meanwhile."""
_GAP_MS = 2_700_000
_LABEL_EVERY_H = 6
_TELLING = 12
"""From so many quarters of an hour on there is a lowest and a highest value worth telling."""
_AIR = 0.06
"""Left free above the highest and below the lowest value."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is drawn."""

    span: float
    """The least difference between bottom and top, so that a calm day looks calm."""
    floor: float | None = None
    """What the bottom stands for where the quantity has a natural zero."""


@dataclass(frozen=True, slots=True)
class TraceView:
    """Known pieces from 24 hours ago at the left (0) to now at the right (1)."""

    pieces: tuple[Trace, ...] = ()
    hours: tuple[tuple[float, str], ...] = ()
    low: float | None = None
    """The lowest mean of a quarter of an hour, in the stored unit; None where too little is known."""
    high: float | None = None


def make_trace(trace: PointTrace | None, scale: Scale, now_ms: int, timezone: str, texts: Texts) -> TraceView:
    """The line of a point; without a trace only the hours."""
    return _make(trace, scale, -(-now_ms // _STEP_MS) * _STEP_MS, timezone, texts)


@lru_cache(maxsize=128)
def _make(trace: PointTrace | None, scale: Scale, end_ms: int, timezone: str, texts: Texts) -> TraceView:
    start_ms = end_ms - _DAY_MS
    hours = _hours(start_ms, end_ms, timezone, texts)
    if trace is None:
        return TraceView(hours=hours)
    inside = (trace.at_ms >= start_ms) & (trace.at_ms <= end_ms)
    at_ms, value = trace.at_ms[inside], trace.value[inside]
    if not len(value):
        return TraceView(hours=hours)
    low, high = float(value.min()), float(value.max())
    bottom, span = _reach(low, high, scale)
    x, y = (at_ms - start_ms) / _DAY_MS, np.clip((value - bottom) / span, 0.0, 1.0)
    breaks = np.flatnonzero(np.diff(at_ms) > _GAP_MS) + 1
    told = (low, high) if len(value) >= _TELLING else (None, None)
    pieces = zip(np.split(x, breaks), np.split(y, breaks), strict=True)
    return TraceView(tuple(_places(xs.tolist(), ys.tolist()) for xs, ys in pieces), hours, *told)


def _places(xs: list[float], ys: list[float]) -> Trace:
    return tuple((round(x, 4), round(y, 4)) for x, y in zip(xs, ys, strict=True))


def _reach(low: float, high: float, scale: Scale) -> tuple[float, float]:
    """Value at the bottom, and how far it is from there to the top."""
    span = max(scale.span, (high - low) * (1 + 2 * _AIR))
    if scale.floor is not None:
        return scale.floor, max(scale.span, (high - scale.floor) * (1 + _AIR))
    return (low + high - span) / 2, span


def _hours(start_ms: int, end_ms: int, timezone: str, texts: Texts) -> tuple[tuple[float, str], ...]:
    full = range(-(-start_ms // _HOUR_MS) * _HOUR_MS, end_ms, _HOUR_MS)
    found = ((at, local(at, timezone)) for at in full)
    return tuple(
        ((at - start_ms) / _DAY_MS, texts.hour(moment.hour))
        for at, moment in found
        if moment.hour % _LABEL_EVERY_H == 0 and moment.minute == 0
    )
