"""An open conversation with one object of a node."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from backend.drivers.contract import (
    Description,
    DeviceGarbled,
    DeviceMisconfigured,
    DeviceUnreachable,
    RawPoint,
    Recorded,
    Report,
)
from backend.drivers.echonet.address import EchonetAddress
from backend.drivers.echonet.asking import Asking
from backend.drivers.echonet.backfill import Backfill
from backend.drivers.echonet.description import description, wanted
from backend.drivers.echonet.endpoint import Source
from backend.drivers.echonet.feeds import choose
from backend.drivers.echonet.frame import NODE_PROFILE, Esv, Frame
from backend.drivers.echonet.inspection import explain
from backend.drivers.echonet.judge import Subject, judge, unsupported
from backend.drivers.echonet.maps import read_map
from backend.drivers.echonet.memory import Memory
from backend.drivers.echonet.plate import IDENTITY, nameplate
from backend.drivers.echonet.recall import recall_connector
from backend.drivers.echonet.tables import TABLES
from backend.drivers.echonet.tables.rows import Table
from backend.model.clock import Clock
from backend.model.device import Device, Nameplate
from backend.model.point import Point
from backend.model.quality import Quality
from backend.model.reading import Reading

GET_MAP: Final = 0x9F
SET_MAP: Final = 0x9E
INSTANCES: Final = 0xD5
POLL_LIMIT: Final = 5.0
"""Longest poll, in time-outs of one request; the collector's own limit is above it for every time-out but the longest."""
INSPECT_LIMIT: Final = 20.0
LOOK_AGAIN_S: Final = 300.0
"""How often the nameplate, units and refused properties are asked for again."""


class EchonetSession:
    """Polls the properties that feed the device's points, hears what it announces, and can tell everything else too."""

    def __init__(
        self, device: Device, address: EchonetAddress, asking: Asking, clock: Clock, memory: Memory, leave: Callable[[], None]
    ) -> None:
        """``leave`` lets go of the port, and may be called more than once."""
        self._device, self._address, self._asking, self._clock, self._memory = device, address, asking, clock, memory
        self._leave = leave
        self._listed: frozenset[int] = frozenset()
        self._values: dict[int, bytes] = {}
        self._plate = Nameplate()
        self._subject: Subject | None = None
        self._backfill: Backfill | None = None
        self._unsupported: set[str] = set()
        self._looked_s = clock.monotonic()
        self._restarted = False
        self._tell: Callable[[Report], None] | None = None

    @property
    def plate(self) -> Nameplate:
        """As it was last read."""
        return self._plate

    @property
    def points(self) -> Sequence[Point]:
        """By the table of the object's class and its property map, in a fixed order."""
        return self._subject.points if self._subject else ()

    async def prepare(self, table: Table | None, recorded: Recorded | None) -> None:
        """Read the property map and the nameplate, and settle what feeds what. Raises ``DeviceError``."""
        self._listed = await self._read_map(GET_MAP)
        values = await self._asking.learn(IDENTITY & self._listed)
        self._plate = nameplate(values)
        if self._memory.serial and self._plate.serial not in ("", self._memory.serial):
            self._memory.forget()
        self._memory.serial = self._plate.serial or self._memory.serial
        if table is None:
            return
        self._listed -= table.private
        wanted = self._wanted(table)
        self._values = await self._asking.learn(wanted)
        feeds, missing = choose(table, self._listed, self._values, self._device.measures)
        states = [row for row in table.states if not self._listed.isdisjoint(row.epcs)]
        self._subject = Subject(self._device.key, table, feeds, states, missing, self._address.zone)
        if table.connector is not None and self._memory.connector is None and recorded is not None:
            self._memory.connector = await recall_connector(self._device.key, self._clock.now_ms(), recorded)
        if table.logs is not None and table.logs.day in await self._settable():
            named = {feed.spec.name: feed for feed in feeds if feed.factor is not None}
            backfill = Backfill(self._device, table.logs, named, self._address.zone, self._memory)
            if backfill.epcs <= self._listed | {table.logs.day}:
                self._backfill = backfill
                await backfill.look(self._clock.now_ms(), recorded)

    async def poll(self) -> Report:
        """All points once. Raises ``DeviceError``; bounded by five time-outs."""
        subject = self._subject
        if subject is None:
            raise DeviceMisconfigured(f"no points are known for objects of the class {self._address.eoj.code:04X}")
        async with self._bounded(POLL_LIMIT):
            await self._look_again(subject)
            asked = subject.epcs & self._listed
            said = await self._asking.get(asked)
            at_ms = self._clock.now_ms()
            self._values = {epc: edt for epc, edt in self._values.items() if epc not in asked} | said
            report = judge(subject, self._values, asked, at_ms, self._memory)
            readings = [*report.readings, *unsupported(subject, at_ms)]
            late = await self._late(readings, at_ms)
        return replace(report, readings=[*(each for each in readings if self._worth_telling(each)), *late])

    async def inspect(self) -> Sequence[RawPoint]:
        """Every property that the object lists, as ``class:instance.EPC``, but none that tells of a person."""
        async with self._bounded(INSPECT_LIMIT):
            values = await self._asking.learn(self._listed)
        feeds = self._subject.feeds if self._subject else ()
        return explain(self._address.eoj, self._listed, values, feeds)

    async def describe(self) -> Description:
        """Its rated power and its clock, where it lists them. Raises ``DeviceError``."""
        table = TABLES.get(self._address.eoj.code)
        async with self._bounded(INSPECT_LIMIT):
            values = await self._asking.learn(wanted(table, self._listed))
        return description(table, values, self._address.zone)

    async def close(self) -> None:
        """Let go at once."""
        self._tell = None
        self._leave()

    def announce_to(self, tell: Callable[[Report], None]) -> None:
        """What the object announces becomes a report at once."""
        self._tell = tell

    def heard(self, source: Source, frame: Frame) -> None:
        """An announcement from the object's node. Never raises."""
        if frame.esv not in (Esv.INF, Esv.INFC) or self._subject is None:
            return
        said = frame.values
        if frame.seoj.code == NODE_PROFILE.code and INSTANCES in said:
            self._restarted = True
        if frame.seoj != self._address.eoj:
            return
        told = said.keys() & self._subject.epcs & self._listed
        if not told or self._tell is None:
            return
        self._values |= {epc: said[epc] for epc in told}
        report = judge(self._subject, self._values, told, self._clock.now_ms(), self._memory)
        self._tell(replace(report, readings=[each for each in report.readings if self._worth_telling(each)]))

    def _wanted(self, table: Table) -> frozenset[int]:
        scales = (scale.epcs for scale in (table.scale, table.power_scale) if scale is not None)
        rows = (each.epc for each in (*table.rows, *table.lists))
        states = (epc for row in table.states for epc in row.epcs)
        return frozenset((*rows, *states, 0x80, 0x88, 0x89)).union(*scales) & self._listed

    async def _read_map(self, epc: int) -> frozenset[int]:
        edt = await self._asking.one(epc)
        try:
            return read_map(edt or b"")
        except ValueError as error:
            raise DeviceGarbled(str(error)) from error

    async def _settable(self) -> frozenset[int]:
        if SET_MAP not in self._listed:
            return frozenset()
        edt = await self._asking.one(SET_MAP)
        try:
            return read_map(edt or b"")
        except ValueError:
            return frozenset()

    async def _look_again(self, subject: Subject) -> None:
        """Now and then, and after a restart: is it still the same object, with the same properties and units?"""
        now_s = self._clock.monotonic()
        if not self._restarted and now_s - self._looked_s < LOOK_AGAIN_S:
            return
        self._looked_s, self._restarted = now_s, False
        listed = await self._read_map(GET_MAP) - subject.table.private
        plate = nameplate(await self._asking.get(IDENTITY & listed))
        if self._plate.serial and plate.serial not in ("", self._plate.serial):
            self._memory.forget()
            raise DeviceGarbled(f"another device answers: serial {plate.serial} instead of {self._plate.serial}")
        self._plate = plate if plate != Nameplate() else self._plate
        self._listed = listed
        values = self._values | await self._asking.learn(self._wanted(subject.table))
        feeds, missing = choose(subject.table, listed, values, self._device.measures)
        if (feeds, missing) != (list(subject.feeds), list(subject.missing)):
            raise DeviceGarbled("it has other properties or units than before; its points have to be settled again")

    async def _late(self, readings: Sequence[Reading], at_ms: int) -> list[Reading]:
        """Registers of half hours that were missed; remembers up to when nothing is missing."""
        if self._backfill is None:
            return []
        for reading in readings:
            if reading.value is not None:
                self._memory.known_until[reading.point.rpartition("/")[2]] = at_ms
        return await self._backfill.fetch(self._asking, at_ms)

    def _worth_telling(self, reading: Reading) -> bool:
        """What the device does not have is told once per session, not every few seconds for years."""
        told = reading.point in self._unsupported
        if reading.quality is Quality.BAD_NOT_SUPPORTED:
            self._unsupported.add(reading.point)
            return not told
        self._unsupported.discard(reading.point)
        return True

    @asynccontextmanager
    async def _bounded(self, limit: float) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(limit * self._address.timeout_s):
                yield
        except TimeoutError as error:
            raise DeviceUnreachable("too slow") from error
