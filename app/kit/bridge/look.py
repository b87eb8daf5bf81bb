"""Reads the cache into snapshots, each kind of thing no more often than it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.kit.bridge.days import Span, is_late, read_day
from app.kit.bridge.doubts import Doubts
from app.kit.bridge.past import Past, own_site
from app.kit.bridge.snapshot import SiteDay, Snapshot
from backend.model.clock import AnchoredClock, Clock, SystemClock
from backend.model.device import Device, DeviceKind
from backend.model.kiosk import KioskPlan
from backend.model.node import NodeInfo
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.contract import Reader

DEFINITIONS_EVERY_S = 15.0
DAYS_EVERY_S = 30.0
_LEAST_DAYS_GAP_S = 2.0
_LATE_DAYS_GAP_S = 1.0
_PATIENCE = 1.3
"""A late day is asked for ever more seldom: some inverters never tell their energy."""


@dataclass(slots=True)
class _Definitions:
    """What changes with settings only."""

    node: NodeInfo | None = None
    plan: KioskPlan | None = None
    sites: Mapping[str, Site] = field(default_factory=dict[str, Site])
    devices: Mapping[str, Device] = field(default_factory=dict[str, Device])
    points: Mapping[str, Point] = field(default_factory=dict[str, Point])


class Look:
    """One open reader and what was read of it so far."""

    def __init__(self, reader: Reader, clock: Clock | None = None) -> None:
        self.reader = reader
        self._fixed = clock
        self._definitions = _Definitions()
        self._definitions_at = float("-inf")
        self._heard_of = 0
        self._latest: Mapping[str, Reading] = {}
        self._doubts = Doubts()
        self._past = Past()
        self._days: dict[str, SiteDay] = {}
        self._days_at = self._late_at = float("-inf")
        self._late_gap_s = _LATE_DAYS_GAP_S
        self._midnight_ms = float("inf")
        self._version: int | None = None
        self.clock: Clock = clock or SystemClock()

    async def has_changed(self) -> bool:
        """Whether anybody committed since the last look, or midnight passed at a site."""
        return await self.reader.version() != self._version or self.clock.now_ms() >= self._midnight_ms

    async def read(self, monotonic: float) -> Snapshot:
        """Everything as it is now; ``monotonic`` (s) decides which definitions are read afresh.

        The curves are those of the last ``renew_days``, except on the first look and after midnight.
        """
        self._version = await self.reader.version()
        latest = self._latest = await self.reader.latest()
        await self._renew_definitions(monotonic, len(latest))
        if self.clock.now_ms() >= self._midnight_ms or self._days_at == float("-inf"):
            await self.renew_days(monotonic)
        known, store = self._definitions, await self.reader.state()
        now_ms = self.clock.now_ms()
        return Snapshot(
            now_ms=now_ms,
            node_seen_ms=self._really_seen_ms(store.sealed_ms, now_ms),
            plan=known.plan,
            sites=known.sites,
            devices=known.devices,
            points=known.points,
            statuses={status.device: status for status in await self.reader.statuses()},
            connectors=await self.reader.connectors(),
            latest=latest,
            days=self._days,
            history=self._past.history,
            traces=self._past.traces,
            doubts=await self._doubts.renew(self.reader, latest),
            demo=known.node is not None and known.node.demo,
            store=store,
        )

    async def renew_past(self, monotonic: float) -> Past | None:
        """Last year's days and yesterday's air of the screen's own site, where they are due; None where they are not."""
        known = self._definitions
        site = own_site(known.plan, known.sites)
        if site is None:
            return None
        speed = known.node.clock.speed if known.node else 1.0
        devices = known.devices.values()
        renewed = await self._past.renew(self.reader, site, devices, self._latest, self.clock.now_ms(), monotonic, speed)
        return self._past if renewed else None

    async def close(self) -> None:
        """Let go of the file."""
        await self.reader.close()

    async def _renew_definitions(self, monotonic: float, heard_of: int) -> None:
        node = await self.reader.document("node", "main", NodeInfo)
        known = self._definitions
        if node == known.node and heard_of == self._heard_of and monotonic < self._definitions_at + DEFINITIONS_EVERY_S:
            return
        self._definitions_at, self._heard_of = monotonic, heard_of
        self._definitions = _Definitions(
            node=node,
            plan=await self.reader.document("plan", "main", KioskPlan),
            sites={site.key: site for site in await self.reader.sites()},
            devices={device.key: device for device in await self.reader.devices()},
            points={point.key: point for point in await self.reader.points()},
        )
        if self._definitions.devices.keys() != known.devices.keys():
            self._days_at = float("-inf")
        if self._fixed is None and node is not None:
            self.clock = AnchoredClock(node.clock)

    def _really_seen_ms(self, sealed_ms: int | None, now_ms: int) -> int | None:
        """Whether a node writes is a matter of real seconds, however fast its town's time passes."""
        node = self._definitions.node
        if sealed_ms is None or node is None or self._fixed is not None or node.clock.speed <= 1:
            return sealed_ms
        return round(now_ms - (now_ms - sealed_ms) / node.clock.speed)

    async def renew_days(self, monotonic: float) -> Mapping[str, SiteDay] | None:
        """Curves are many bytes and change slowly: every half minute of the node's time, and at midnight; None if not due.

        A day that has nothing to tell yet while its inverters measure is asked for again soon.
        """
        node, now_ms = self._definitions.node, self.clock.now_ms()
        gap_s = max(_LEAST_DAYS_GAP_S, DAYS_EVERY_S / max(1.0, node.clock.speed if node else 1.0))
        if now_ms >= self._midnight_ms or monotonic >= self._days_at + gap_s:
            self._days_at = self._late_at = monotonic
            return await self._read_days(list(self._definitions.sites.values()), {}, now_ms)
        if monotonic < self._late_at + self._late_gap_s:
            return None
        self._late_at = monotonic
        late = [site for site in self._definitions.sites.values() if is_late(self._days.get(site.key), self._measured_ms(site))]
        self._late_gap_s = min(DAYS_EVERY_S, self._late_gap_s * _PATIENCE) if late else _LATE_DAYS_GAP_S
        return await self._read_days(late, self._days, now_ms) if late else None

    async def _read_days(self, sites: Sequence[Site], kept: Mapping[str, SiteDay], now_ms: int) -> Mapping[str, SiteDay]:
        devices = list(self._definitions.devices.values())
        days = {site.key: await read_day(self.reader, site, devices, now_ms) for site in sites}
        self._days = {**kept, **{key: day for key, day in days.items() if day is not None}}
        spans = (Span.around(now_ms, site.timezone) for site in self._definitions.sites.values())
        self._midnight_ms = min((span.end_ms for span in spans), default=float("inf"))
        return self._days

    def _measured_ms(self, site: Site) -> int | None:
        """When an inverter of a site told its power today; None where none did."""
        inverters = (d for d in self._definitions.devices.values() if d.site == site.key and d.kind is DeviceKind.INVERTER)
        found = (self._latest.get(f"{device.key}/ac_power") for device in inverters)
        start_ms = Span.around(self.clock.now_ms(), site.timezone).start_ms
        times = (reading.at_ms for reading in found if reading is not None and reading.value is not None)
        return max((at_ms for at_ms in times if at_ms >= start_ms), default=None)
