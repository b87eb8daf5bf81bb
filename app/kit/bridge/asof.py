"""The snapshot that a face would have shown at an earlier moment, for pictures of the past."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.kit.bridge.days import STEP_MS, Span
from app.kit.bridge.look import Look
from app.kit.bridge.snapshot import SiteDay, Snapshot
from backend.model.device import ConnectorStatus, DeviceKind, DeviceStatus
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.states import ChargingState, Connectivity, ConnectorState, DeviceHealth
from backend.store.contract import Columns, Level, Reader

_REACH_MS = 6 * 3_600_000
"""How far back the newest reading of a point is looked for."""


class FixedClock:
    """A clock that stands."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Always the same."""
        return self._now_ms

    def monotonic(self) -> float:
        """Seconds, of the same moment."""
        return self._now_ms / 1000


async def snapshot_at(reader: Reader, at_ms: int | None) -> Snapshot:
    """What stood at ``at_ms`` (UTC); None means the moment at which the node last wrote."""
    seen_ms = (await reader.state()).sealed_ms or 0
    now_ms = seen_ms if at_ms is None else at_ms
    look = Look(reader, FixedClock(now_ms))
    snapshot = await look.read(0.0)
    past = await look.renew_past(0.0)
    if past is not None:
        snapshot = replace(snapshot, history=past.history, traces=past.traces)
    if now_ms >= seen_ms:
        return snapshot
    latest = {key: await _reading_at(reader, reading, now_ms) for key, reading in snapshot.latest.items()}
    known = {key: reading for key, reading in latest.items() if reading is not None}
    then = replace(snapshot, node_seen_ms=now_ms, latest=known, days=await _days_at(reader, snapshot, now_ms))
    return replace(then, statuses=_statuses(then), connectors=_connectors(then))


async def _reading_at(reader: Reader, newest: Reading, now_ms: int) -> Reading | None:
    if newest.at_ms <= now_ms:
        return newest
    found = await reader.raw(newest.point, now_ms - _REACH_MS, now_ms + 1)
    return _last(newest.point, found) if len(found) else None


def _last(point: str, found: Columns) -> Reading:
    value = float(found.value[-1])
    quality = Quality(int(found.quality[-1]))
    return Reading(point, int(found.at_ms[-1]), None if np.isnan(value) else value, quality, Flag(int(found.flags[-1])))


async def _days_at(reader: Reader, snapshot: Snapshot, now_ms: int) -> Mapping[str, SiteDay]:
    return {key: await _day_at(reader, snapshot, key, day, now_ms) for key, day in snapshot.days.items()}


async def _day_at(reader: Reader, snapshot: Snapshot, site: str, day: SiteDay, now_ms: int) -> SiteDay:
    """A day without what came later: bins cut off, energy summed up to the moment."""
    inverters = [d.key for d in snapshot.devices.values() if d.site == site and d.kind is DeviceKind.INVERTER]
    start_ms = Span.around(now_ms, snapshot.sites[site].timezone).start_ms
    minutes = [await reader.rollup(f"{key}/ac_energy", Level.MINUTE, start_ms, now_ms) for key in inverters]
    known = [float(np.nansum(found.energy)) for found in minutes if not np.isnan(found.energy).all()]
    kept = day.at_ms <= now_ms - STEP_MS // 2
    return replace(day, at_ms=day.at_ms[kept], power_w=day.power_w[kept], energy_wh=sum(known) if known else None)


def _statuses(past: Snapshot) -> Mapping[str, DeviceStatus]:
    """Links and healths as their status points said then; causes are not kept in points."""
    return {key: _status(past, status) for key, status in past.statuses.items()}


def _status(past: Snapshot, now: DeviceStatus) -> DeviceStatus:
    link, health = past.latest.get(f"{now.device}/link"), past.latest.get(f"{now.device}/health")
    if now.since_ms <= past.now_ms and (health is None or int(health.value or 0) == now.health):
        return now
    heard = [reading.at_ms for key, reading in past.latest.items() if key.startswith(f"{now.device}/")]
    return replace(
        now,
        connectivity=Connectivity(int(link.value)) if link and link.value is not None else Connectivity.UNKNOWN,
        since_ms=link.at_ms if link else past.now_ms,
        last_seen_ms=max(heard, default=None),
        health=DeviceHealth(int(health.value)) if health and health.value is not None else DeviceHealth.OK,
        causes=(),
    )


def _connectors(past: Snapshot) -> Sequence[ConnectorStatus]:
    return [_connector(past, status) for status in past.connectors]


def _connector(past: Snapshot, now: ConnectorStatus) -> ConnectorStatus:
    if now.since_ms <= past.now_ms:
        later = now.session_since_ms is not None and now.session_since_ms > past.now_ms
        return replace(now, session_since_ms=None, session_start_wh=None) if later else now
    stem = f"{now.device}/connector{now.connector}"
    state, charging = past.latest.get(f"{stem}.state"), past.latest.get(f"{stem}.charging")
    return ConnectorStatus(
        device=now.device,
        connector=now.connector,
        state=ConnectorState(int(state.value)) if state and state.value is not None else ConnectorState.UNKNOWN,
        since_ms=state.at_ms if state else past.now_ms,
        charging=ChargingState(int(charging.value)) if charging and charging.value is not None else ChargingState.NONE,
    )
