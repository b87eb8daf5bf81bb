"""Intake: groups what arrives, has it checked, sealed and committed, and folds in the pauses.

Delivery promise: bounded (``Limits.most``), ordered, a delivery is committed whole or fails whole; its future is done
after COMMIT. Pollers need not await; who acknowledges to a device must.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from backend.derived.derivations import Derivations
from backend.intake.convert import columns_of
from backend.intake.group import Group
from backend.intake.loss import Loss
from backend.model.clock import Clock
from backend.model.columns import Columns
from backend.model.delivery import Delivery, StorageError, StoreDamaged
from backend.model.derived import is_derived
from backend.model.device import Device
from backend.model.point import Point
from backend.model.quality import Flag
from backend.model.reading import Reading
from backend.model.site import Site
from backend.quality.checks import Checks
from backend.quality.limits import PointLimits, limits_for, limits_of_site
from backend.store.contract import Store

_log = structlog.get_logger(__name__)

HOUR_MS = 3_600_000
LATE_AFTER_MS = 10_000
"""Readings of an hour that ended so long ago are late."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to seal. The defaults spare a memory card; see architecture.md."""

    seal_after_s: float = 2.0
    urgent_after_s: float = 0.02
    seal_at: int = 500
    """Readings."""
    most: int = 50_000
    """Readings that may wait; beyond this deliveries are refused and bulk paths wait."""
    in_flight: int = 4
    """Batches handed to the store at once, so that its disk never waits for us."""
    heartbeat_s: float = 10.0
    fold_pause_s: float = 0.5


class Intake:
    """Implements ``Sink``; use ``open_intake``."""

    def __init__(self, store: Store, clock: Clock, limits: Limits, beat: Callable[[], None] = lambda: None) -> None:
        """``beat`` is called whenever the store has committed a batch or refused it: what hangs does not beat."""
        self._store = store
        self._beat = beat
        self._clock = clock
        self._limits = limits
        self._numbers: dict[str, int] = {}
        self._points: dict[str, Point] = {}
        self._checks = Checks()
        self._derivations = Derivations()
        self._devices: dict[str, Device] = {}
        self._sites: dict[str, Site] = {}
        self._group = Group()
        self._full: deque[Group] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._committed = asyncio.Event()
        self._slots = asyncio.Semaphore(limits.in_flight)
        self._closing = False
        self._loss = Loss()
        self.trouble = ""
        """Why nothing can be stored at the moment; empty while all is well."""

    async def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """Hand the settings' sites and devices to the store and to the checks."""
        await self._store.define(sites, devices)
        self._sites = {site.key: site for site in sites}
        self._devices = {device.key: device for device in devices}
        for point in self._points.values():
            self._checks.define(self._numbers[point.key], self._limits_of(point))
        await self._declare_derived(self._derivations.define(sites, devices))

    def recall(self, latest: Mapping[str, Reading]) -> None:
        """What points said before this node started, so that what is derived from them can go on; before they are declared."""
        self._derivations.recall(latest)

    async def declare(self, points: Sequence[Point]) -> None:
        """Make points known before their first reading. Repeats are harmless."""
        numbers = await self._number(points)
        await self._declare_derived(self._derivations.declare(points, numbers, self._clock.now_ms()))

    async def _declare_derived(self, points: Sequence[Point]) -> None:
        """What has come or may come of a site's devices decides what can be derived."""
        if any(point.key not in self._numbers for point in points):
            await self._number(points)
        self._derivations.number(points, self._numbers)

    async def _number(self, points: Sequence[Point]) -> Mapping[str, int]:
        numbers = await self._store.number(points)
        for point in points:
            self._checks.define(numbers[point.key], self._limits_of(point))
            self._points[point.key] = point
        self._numbers.update(numbers)
        return numbers

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        """Take a delivery; the future is done once it is on disk. It fails with ``StorageError`` when nothing was kept."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            readings = columns_of(delivery.readings, self._numbers)
            self._check_room(readings, pushed=delivery.urgent)
        except StorageError as error:
            return _failed(future, error)
        self._take(readings, delivery, future)
        return future

    def accept_columns(self, columns: Columns) -> "asyncio.Future[None]":
        """Take readings of declared points by number, as bulk paths have them; same promise as ``accept``."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._check_room(columns, pushed=False)
        except StorageError as error:
            return _failed(future, error)
        self._take(columns, Delivery(), future)
        return future

    async def room(self) -> None:
        """Wait until a good part of what waits is on disk; bulk paths call it before each delivery."""
        while self._waiting > self._limits.most // 2:
            self._room.clear()
            await self._room.wait()

    def numbers(self) -> dict[str, int]:
        """Number of every declared point by key."""
        return dict(self._numbers)

    def _limits_of(self, point: Point) -> PointLimits:
        device = self._devices.get(point.device)
        site = self._sites.get(point.device.partition("/")[0])
        if is_derived(point.device) and site is not None:
            return limits_of_site(point.spec, site)
        if device is None:
            spec = point.spec
            return PointLimits(-np.inf if spec.low is None else spec.low, np.inf if spec.high is None else spec.high)
        return limits_for(device, point.spec, self._sites.get(device.site))

    def _check_room(self, readings: Columns, *, pushed: bool) -> None:
        if self._closing:
            raise StorageError("the node is stopping")
        if self._waiting + len(readings) > self._limits.most and self._waiting:
            if not pushed:
                self._loss.add(readings)
            raise StorageError("too much is waiting for the disk")

    def _take(self, readings: Columns, delivery: Delivery, future: "asyncio.Future[None]") -> None:
        group, now = self._group, asyncio.get_running_loop().time()
        group.add(readings, pushed=delivery.urgent)
        group.events.extend(delivery.events)
        group.states.extend(delivery.states)
        group.waiting.append(future)
        self._waiting += len(readings)
        group.due_by(now + (self._limits.urgent_after_s if delivery.urgent else self._limits.seal_after_s))
        if group.count >= self._limits.seal_at:
            self._full.append(group)
            self._group = Group()
        self._wake.set()

    async def run(self) -> None:
        """Seal what is due until ``stop``; owns every commit under way."""
        async with asyncio.TaskGroup() as commits:
            while True:
                group = await self._next()
                if group is None:
                    return
                await self._slots.acquire()
                commits.create_task(self._commit(group), name="intake commit")

    async def fold(self) -> None:
        """Fold in the pauses until cancelled. Raises ``StoreDamaged``: only who opens the store anew can go on then."""
        while True:
            try:
                more = await self._store.fold()
            except StoreDamaged:
                raise
            except StorageError as error:
                self._report(error)
                more = False
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.fold_pause_s):
                        await self._committed.wait()
                self._committed.clear()

    def stop(self) -> None:
        """Seal what is pending, then end ``run``."""
        self._closing = True
        self._wake.set()

    async def _next(self) -> Group | None:
        """The next group to commit; None when stopped and empty. An empty group is a heartbeat."""
        loop = asyncio.get_running_loop()
        beat = loop.time() + self._limits.heartbeat_s
        while True:
            if self._full:
                return self._full.popleft()
            due = self._group.due
            if due is not None and (self._closing or due <= loop.time()):
                group, self._group = self._group, Group()
                return group
            if self._closing:
                return None
            if beat <= loop.time():
                return Group()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(beat if due is None else min(due, beat)):
                    await self._wake.wait()

    async def _commit(self, group: Group) -> None:
        error: StorageError | None = None
        lost = self._loss.take(self._clock.now_ms())
        try:
            readings = self._judged(Columns.concatenate(group.readings))
            await self._store.commit(readings, [*group.events, *lost], group.states)
        except StorageError as failure:
            error = failure
            self._loss.put_back(lost)
            self._loss.add(Columns.concatenate(group.polled))
        finally:
            self._slots.release()
            self._waiting -= group.count
            self._room.set()
        self._report(error)
        group.resolve(error)
        self._beat()
        if isinstance(error, StoreDamaged):
            raise error
        self._committed.set()

    def _judged(self, readings: Columns) -> Columns:
        """Checked readings, and what is derived from them, checked too."""
        now_ms = self._clock.now_ms()
        readings = self._marked_late(self._checks.apply(readings, now_ms), now_ms)
        derived = self._derivations.take(readings, now_ms)
        return Columns.concatenate([readings, self._checks.apply(derived, now_ms)]) if len(derived) else readings

    @staticmethod
    def _marked_late(readings: Columns, now_ms: int) -> Columns:
        late = readings.at_ms < (now_ms - LATE_AFTER_MS) // HOUR_MS * HOUR_MS
        if not late.any():
            return readings
        flags = np.where(late, readings.flags | np.uint8(Flag.LATE), readings.flags).astype(np.uint8)
        return Columns(readings.point, readings.at_ms, readings.value, readings.quality, flags)

    def _report(self, error: StorageError | None) -> None:
        before, self.trouble = self.trouble, str(error) if error is not None else ""
        if bool(before) == bool(self.trouble):
            return
        if error is None:
            _log.info("storing again")
        else:
            _log.error("nothing can be stored", error=str(error))


def _failed(future: "asyncio.Future[None]", error: StorageError) -> "asyncio.Future[None]":
    """A future that nobody has to await: pollers need not."""
    future.set_exception(error)
    future.exception()
    return future


@contextlib.asynccontextmanager
async def open_intake(
    store: Store, clock: Clock, limits: Limits | None = None, beat: Callable[[], None] = lambda: None
) -> AsyncGenerator[Intake]:
    """Run an intake over a store; at the end everything accepted is committed."""
    intake = Intake(store, clock, limits or Limits(), beat)
    async with asyncio.TaskGroup() as tasks:
        sealing = tasks.create_task(intake.run(), name="intake seal")
        folding = tasks.create_task(intake.fold(), name="intake fold")
        try:
            yield intake
        finally:
            intake.stop()
            await asyncio.wait({sealing})
            folding.cancel()
