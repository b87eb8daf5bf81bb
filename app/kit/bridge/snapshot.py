"""Everything a face shows at one moment, read from the cache in one go and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.kiosk import KioskPlan
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.contract import StoreState


@dataclass(frozen=True, slots=True)
class SiteDay:
    """Today at one site, for its curve. Arrays by time over the site's calendar day."""

    day: date
    at_ms: NDArray[np.int64]
    """Middle of each interval with a measurement."""
    power_w: NDArray[np.float64]
    """Generation of all inverters together; NaN where not all of it is known."""
    energy_wh: float | None
    """Generated since midnight over good intervals; None while unknown."""
    complete: bool
    """False where parts of the day or of the inverters are missing: shown as partial."""
    clear_at_ms: NDArray[np.int64]
    clear_w: NDArray[np.float64]
    """What a clear sky would give, as the node computed it; empty where it is unknown."""
    heard_ms: int | None = None
    """Start of the last minute in which an inverter told its power; None while none did."""


@dataclass(frozen=True, slots=True, eq=False)
class PointTrace:
    """One point over the last 24 hours. Parallel arrays by time; a new trace is another one, however equal."""

    at_ms: NDArray[np.int64]
    """Middles of the quarter hours of which something is known."""
    value: NDArray[np.float64]
    """Means of good values, in the stored unit."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteHistory:
    """What a site generated on each day from the first of January of last year until yesterday, by its own calendar.

    Parallel arrays, one place per day. A new history is another one, however equal.
    """

    first: date
    energy_wh: NDArray[np.float64]
    """Of all generators of which it is known; NaN where it is of none."""
    complete: NDArray[np.bool_]
    """Whether every generator was covered as long as the sun shone."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent look at the cache."""

    now_ms: int
    """By the node's clock (see ``ClockAnchor``)."""
    node_seen_ms: int | None
    """When the node last wrote; None where it never did."""
    plan: KioskPlan | None
    sites: Mapping[str, Site] = field(default_factory=dict[str, Site])
    devices: Mapping[str, Device] = field(default_factory=dict[str, Device])
    points: Mapping[str, Point] = field(default_factory=dict[str, Point])
    statuses: Mapping[str, DeviceStatus] = field(default_factory=dict[str, DeviceStatus])
    connectors: Sequence[ConnectorStatus] = ()
    latest: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    days: Mapping[str, SiteDay] = field(default_factory=dict[str, SiteDay])
    """By site key."""
    history: Mapping[str, SiteHistory] = field(default_factory=dict[str, SiteHistory])
    """By site key; of the screen's own site alone, and only where it generates."""
    traces: Mapping[str, PointTrace] = field(default_factory=dict[str, PointTrace])
    """Of the environment at the screen's own site, by point key."""
    doubts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Since when a value is not to be trusted, by point key."""
    demo: bool = False
    """True while pseudo devices feed the node: every screen says so."""
    store: StoreState | None = None
    """How full the cache is, for footers of operators."""
