"""Devices that third parties' gateways speak for: their points, their contact, and what of their batches was kept.

Delivery promise: a batch is committed whole with the event that names it, in one transaction, and told as kept only then; so a
repeat is known for what it is, also after a crash.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from backend.drivers.contact import Contact, first_status
from backend.drivers.contract import Report
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.device import Device
from backend.model.event import Event, EventKind
from backend.model.gateway import AttestedBatch, Taken
from backend.model.point import Point
from backend.model.quality import Flag
from backend.model.reading import Reading
from backend.store.contract import Reader

WINDOW = 4096
"""So far behind the highest sequence number of a gateway its batches are still known."""
SILENT_INTERVALS = 3
TELL_AGAIN_S = 60.0
_FAR_MS = 1 << 53


@dataclass
class _Counterpart:
    """A gateway and the batches of it that were kept, by sequence number."""

    kept: dict[int, str] = field(default_factory=dict[int, str])
    highest: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    loaded: bool = False

    def remember(self, sequence: int, digest: str) -> None:
        self.kept[sequence] = digest
        self.highest = max(self.highest, sequence)
        if len(self.kept) > 2 * WINDOW:
            self.kept = {number: known for number, known in self.kept.items() if number > self.highest - WINDOW}

    def judge(self, batch: AttestedBatch) -> Taken | None:
        """None where it is new."""
        if batch.sequence <= self.highest - WINDOW:
            return Taken.PASSED
        known = self.kept.get(batch.sequence)
        if known is None:
            return None
        return Taken.KNOWN if known == batch.digest else Taken.CONFLICT


@dataclass
class _Spoken:
    """A device and when it was last spoken for."""

    device: Device
    contact: Contact
    heard_s: float


class Gateways:
    """Implements ``GatewayDesk`` while its context is open."""

    def __init__(self, devices: Sequence[Device], sink: Sink, clock: Clock, reader: Reader, tick_s: float = 1.0) -> None:
        self._devices, self._sink, self._clock, self._reader, self._tick_s = devices, sink, clock, reader, tick_s
        self._spoken: dict[str, _Spoken] = {}
        self._points: dict[str, str] = {}
        """Device of each point."""
        self._counterparts: dict[str, _Counterpart] = {}
        self._refusals: dict[tuple[str, str], _Refused] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Take batches and watch for silence until the context ends."""
        known = {status.device: status for status in await self._reader.statuses()}
        for device in self._devices:
            points = tuple(Point(device.key, spec) for spec in device.points)
            contact = Contact(first_status(device.key, known.get(device.key), self._clock.now_ms()), points)
            await self._sink.declare([*points, *contact.own_points])
            self._spoken[device.key] = _Spoken(device, contact, self._clock.monotonic())
            self._points.update({point.key: device.key for point in points})
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch(), name="gateways")
            try:
                yield
            finally:
                watching.cancel()

    def knows(self, point: str) -> bool:
        """Whether this is a point of a device that gateways speak for."""
        return point in self._points

    async def take(self, batch: AttestedBatch) -> Taken:
        """Keep a batch of known points, whole or not at all; returns once it is on disk. Raises ``StorageError``."""
        gateway = self._counterparts.setdefault(batch.gateway, _Counterpart())
        async with gateway.busy:
            await self._recall(batch.gateway, gateway)
            taken = gateway.judge(batch)
            if taken is None:
                # Whoever comes next asks the store, unless it is known how this ended.
                gateway.loaded = False
                await self._keep(batch)
                gateway.remember(batch.sequence, batch.digest)
                gateway.loaded = True
        if taken is Taken.CONFLICT or taken is Taken.PASSED:
            self.refuse(batch.gateway, batch.sequence, taken.value)
        return taken or Taken.KEPT

    def refuse(self, gateway: str, sequence: int, reason: str) -> None:
        """Record that something was not taken; the first of its kind at once, more of it once a minute."""
        refused = self._refusals.setdefault((gateway, reason), _Refused())
        refused.count, refused.sequence = refused.count + 1, sequence
        self._tell_refusals()

    async def _recall(self, name: str, gateway: _Counterpart) -> None:
        """What the store remembers: of the numbers in the window none was kept longer ago than twice as many batches."""
        if gateway.loaded:
            return
        events = await self._reader.events(0, _FAR_MS, _subject(name), 2 * WINDOW)
        for event in reversed(events):
            if event.kind is EventKind.READINGS_ATTESTED:
                gateway.remember(int(event.data["sequence"] or 0), str(event.data["digest"]))
        gateway.loaded = True

    async def _keep(self, batch: AttestedBatch) -> None:
        now_ms = self._clock.now_ms()
        data = {"sequence": batch.sequence, "digest": batch.digest, "count": len(batch.readings)}
        told = Delivery(events=(Event(now_ms, EventKind.READINGS_ATTESTED, _subject(batch.gateway), {**data}),), urgent=True)
        deliveries, contacts = [told], dict[str, Contact]()
        for device, readings in self._by_device(batch).items():
            contacts[device] = self._spoken[device].contact.trial()
            deliveries.append(contacts[device].reached(Report(readings), now_ms))
        await self._sink.accept(_together(deliveries))
        for device, contact in contacts.items():
            self._spoken[device].contact, self._spoken[device].heard_s = contact, self._clock.monotonic()

    def _by_device(self, batch: AttestedBatch) -> dict[str, list[Reading]]:
        found: dict[str, list[Reading]] = {}
        for reading in batch.readings:
            found.setdefault(self._points[reading.point], []).append(reading._replace(flags=reading.flags | Flag.ATTESTED))
        return found

    async def _watch(self) -> None:
        while True:
            self._tell_refusals()
            for spoken in self._spoken.values():
                self._look_after(spoken)
            await asyncio.sleep(self._tick_s)

    def _look_after(self, spoken: _Spoken) -> None:
        silent_s = self._clock.monotonic() - spoken.heard_s
        if silent_s < SILENT_INTERVALS * spoken.device.interval_s:
            return
        delivery = spoken.contact.silent("silent", False, self._clock.now_ms())
        if delivery is not None:
            self._sink.accept(delivery)

    def _tell_refusals(self) -> None:
        now_s, now_ms = self._clock.monotonic(), self._clock.now_ms()
        for (gateway, reason), refused in self._refusals.items():
            if refused.count and now_s - refused.told_s >= TELL_AGAIN_S:
                data = {"reason": reason, "sequence": refused.sequence, "count": refused.count}
                event = Event(now_ms, EventKind.READINGS_REFUSED, _subject(gateway), {**data})
                self._sink.accept(Delivery(events=(event,), urgent=True))
                refused.count, refused.told_s = 0, now_s


@dataclass
class _Refused:
    """What one gateway was refused for one reason since that was last told."""

    count: int = 0
    sequence: int = 0
    told_s: float = -TELL_AGAIN_S


def _subject(gateway: str) -> str:
    return f"gateway:{gateway}"


def _together(deliveries: Sequence[Delivery]) -> Delivery:
    return Delivery(
        tuple(reading for each in deliveries for reading in each.readings),
        tuple(event for each in deliveries for event in each.events),
        tuple(state for each in deliveries for state in each.states),
        urgent=True,
    )
