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
    doubts: Mapping[str, int] = field(default_factory=dict[str, int])
    """Since when a value is not to be trusted, by point key."""
    demo: bool = False
    """True while pseudo devices feed the node: every screen says so."""
    store: StoreState | None = None
    """How full the cache is, for footers of operators."""
