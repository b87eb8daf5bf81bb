"""Keeps the clear-sky curves of today and tomorrow in the cache, for every site that generates."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from backend.derived.clear_sky import curve_for
from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.model.device import DeviceKind
from backend.model.site import Site
from backend.model.sun import DAY_MS, day_bounds_ms
from backend.settings import NodeSettings

_LOOK_S = 60.0
"""At most so long a midnight is noticed late when the clock is set."""


class Documents(Protocol):
    """What is needed of a store."""

    async def put(self, kind: str, key: str, document: object) -> None:
        """Keep a document. Raises ``StorageError``."""
        ...


async def keep_curves(
    settings: Callable[[], NodeSettings],
    store: Documents,
    clock: Clock,
    speed: float = 1.0,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Write what is missing, wait for the next midnight of a site, write again; until cancelled."""
    written: dict[tuple[str, date], tuple[Site, float | None]] = {}
    while True:
        now_ms = clock.now_ms()
        next_ms = now_ms + DAY_MS
        for site in settings().sites:
            today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(site.timezone)).date()
            basis = (site, inverter_limit_w(settings(), site))
            for day in (today, today + timedelta(days=1)):
                if written.get((site.key, day)) != basis and await _write(store, day, *basis):
                    written[site.key, day] = basis
            next_ms = min(next_ms, day_bounds_ms(today, site.timezone)[1])
        await wait(min(_LOOK_S, max(0.1, (next_ms - now_ms) / 1000 / speed)))


async def _write(store: Documents, day: date, site: Site, limit_w: float | None) -> bool:
    """False where the disk refused; it is tried again at the next look."""
    curve = curve_for(site, day, limit_w)
    try:
        if curve is not None:
            await store.put("clear_sky", f"{site.key}/{day.isoformat()}", curve)
    except StorageError:
        return False
    return True


def inverter_limit_w(settings: NodeSettings, site: Site) -> float | None:
    """What the site's inverters give at most together; None where one of them does not say."""
    rated = [each.rated_w for each in settings.devices if each.site == site.key and each.kind is DeviceKind.INVERTER]
    known = [power_w for power_w in rated if power_w is not None]
    return sum(known) if known and len(known) == len(rated) else None
