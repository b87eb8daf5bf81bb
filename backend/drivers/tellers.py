"""Devices that send by themselves, whatever the protocol: their contact, and the way of what they say onto disk.

Delivery promise: what one call of ``keep`` was given is committed whole, and known as kept only then.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from backend.drivers.contact import Contact, first_status
from backend.drivers.contract import Report
from backend.drivers.memory import Memory
from backend.drivers.repeats import RECEIVED, Repeats
from backend.drivers.strangers import Strangers
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.device import Device, DeviceStatus, Nameplate
from backend.model.event import Event
from backend.model.point import Point, PointSpec
from backend.model.reading import Reading

_log = structlog.get_logger(__name__)
SILENT_INTERVALS: Final = 3
MOST_POINTS: Final = 200
"""Of one device, where it names them itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one message of a registered device gave."""

    device: str
    readings: tuple[Reading, ...] = ()
    specs: tuple[PointSpec, ...] = ()
    """Of points that are not in the settings."""
    mark: int | None = None
    """Fingerprint; None where a repeat cannot be told from another message."""
    is_alive: bool = True
    """False for what may be old, such as a retained message: no sign of life."""
    gone: str = ""
    """Why the device is out of contact, where the message says that it is."""
    plate: Nameplate | None = None
    events: tuple[Event, ...] = ()


@dataclass
class _Teller:
    device: Device
    contact: Contact
    repeats: Repeats
    heard_s: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while something of it is on its way to the disk."""
    specs: dict[str, PointSpec] = field(default_factory=dict[str, PointSpec])

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(Point(self.device.key, spec) for spec in self.specs.values())


class Tellers:
    """All devices of one driver."""

    def __init__(self, devices: Sequence[Device], sink: Sink, clock: Clock, *, insecure: bool = False) -> None:
        """``insecure`` is shown as a warning with each of them."""
        self._devices, self._sink, self._clock, self._insecure = devices, sink, clock, insecure
        self._tellers: dict[str, _Teller] = {}
        self.strangers = Strangers()

    async def open(self, memory: Memory | None) -> None:
        """Make the devices known, and know what was kept of them. Raises ``StorageError``."""
        known = {status.device: status for status in await memory.statuses()} if memory else dict[str, DeviceStatus]()
        now_ms = self._clock.now_ms()
        for device in self._devices:
            status = replace(first_status(device.key, known.get(device.key), now_ms), insecure=self._insecure)
            repeats = Repeats(device.key, now_ms)
            teller = _Teller(device, Contact(status), repeats, self._clock.monotonic())
            teller.specs.update({spec.name: spec for spec in device.points})
            teller.contact.points = teller.points
            await self._sink.declare([*teller.points, *teller.contact.own_points, Point(device.key, RECEIVED)])
            if memory:
                await repeats.recall(memory, now_ms)
            self._tellers[device.key] = teller

    def spec(self, device: str, name: str) -> PointSpec | None:
        """How a point of a device is kept, where that is known."""
        return self._tellers[device].specs.get(name)

    def has_room(self, device: str, more: int = 1) -> bool:
        """Whether the device may name more points."""
        return len(self._tellers[device].specs) + more <= MOST_POINTS

    async def keep(self, told: Iterable[Told], events: Sequence[Event] = ()) -> None:
        """Put it on disk, repeats left out. Raises ``StorageError``; then nothing of it is kept or known as kept."""
        each_told = list(told)
        async with AsyncExitStack() as turns:
            for device in sorted({each.device for each in each_told}):
                await turns.enter_async_context(self._tellers[device].turn)
            await self._keep(each_told, events)

    async def _keep(self, told: Sequence[Told], events: Sequence[Event]) -> None:
        now_ms = self._clock.now_ms()
        trials: dict[str, Contact] = {}
        deliveries = [Delivery(events=tuple(events))] if events else []
        marks: set[tuple[str, int]] = set()
        for each in told:
            if each.mark is not None and self._is_known((each.device, each.mark), marks, now_ms):
                continue
            await self._declare(each)
            contact = trials.setdefault(each.device, self._tellers[each.device].contact.trial())
            deliveries += self._deliveries(contact, each, now_ms)
            if each.mark is not None:
                marks.add((each.device, each.mark))
        if deliveries:
            await self._sink.accept(_together(deliveries))
        self._conclude(trials, marks, {each.device for each in told if each.is_alive and not each.gone})

    def _is_known(self, named: tuple[str, int], pending: set[tuple[str, int]], now_ms: int) -> bool:
        return named in pending or self._tellers[named[0]].repeats.knows(named[1], now_ms)

    async def _declare(self, told: Told) -> None:
        teller = self._tellers[told.device]
        fresh = [spec for spec in told.specs if spec.name not in teller.specs]
        if fresh:
            await self._sink.declare([Point(told.device, spec) for spec in fresh])
            teller.specs.update({spec.name: spec for spec in fresh})
            teller.contact.points = teller.points

    def _deliveries(self, contact: Contact, told: Told, now_ms: int) -> list[Delivery]:
        teller = self._tellers[told.device]
        contact.points = teller.points
        readings = list(told.readings)
        if told.mark is not None:
            readings.append(teller.repeats.reading(told.mark, now_ms))
        if told.gone:
            gone = contact.silent(told.gone, False, now_ms) or Delivery()
            return [gone, Delivery(tuple(readings), told.events)]
        if not told.is_alive:
            return [Delivery(tuple(readings), told.events)]
        identified = contact.identified(told.plate, teller.points, now_ms) if told.plate is not None else None
        reached = contact.reached(Report(readings, events=told.events), now_ms)
        return [identified, reached] if identified else [reached]

    def _conclude(self, trials: dict[str, Contact], marks: set[tuple[str, int]], heard: set[str]) -> None:
        for key, contact in trials.items():
            teller = self._tellers[key]
            if contact.status.connectivity is not teller.contact.status.connectivity:
                _log.info("device %s", contact.status.connectivity.name.lower(), device=key)
            teller.contact = contact
            if key in heard:
                teller.heard_s = self._clock.monotonic()
        for device, mark in marks:
            self._tellers[device].repeats.remember(mark)

    def lose_all(self, cause: str) -> None:
        """The way to the devices is gone, such as the broker."""
        for teller in self._tellers.values():
            if not teller.turn.locked():
                self._lose(teller, cause)

    async def watch(self, tick_s: float) -> None:
        """Tell who has been silent for too long, until cancelled."""
        while True:
            for teller in self._tellers.values():
                silent_s = self._clock.monotonic() - teller.heard_s
                if silent_s >= SILENT_INTERVALS * teller.device.interval_s and not teller.turn.locked():
                    self._lose(teller, "silent")
            await asyncio.sleep(tick_s)

    def _lose(self, teller: _Teller, cause: str) -> None:
        delivery = teller.contact.silent(cause, False, self._clock.now_ms())
        if delivery is not None:
            self._sink.accept(delivery).add_done_callback(_retrieve)


@asynccontextmanager
async def watching(tellers: Tellers, tick_s: float) -> AsyncGenerator[None]:
    """Watch for silence until the context ends."""
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(tellers.watch(tick_s), name="watch for silence")
        try:
            yield
        finally:
            looking.cancel()


def _retrieve(done: "asyncio.Future[None]") -> None:
    """A failed commit is the store's to tell."""
    if not done.cancelled():
        done.exception()


def _together(deliveries: Sequence[Delivery]) -> Delivery:
    return Delivery(
        tuple(reading for each in deliveries for reading in each.readings),
        tuple(event for each in deliveries for event in each.events),
        tuple(state for each in deliveries for state in each.states),
        urgent=True,
    )
