"""An open conversation with one SunSpec device."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from backend.drivers.contract import Description, DeviceGarbled, DeviceMisconfigured, DeviceUnreachable, RawPoint, Report
from backend.drivers.sunspec.address import SunSpecAddress
from backend.drivers.sunspec.chain import Block, block_layout, read_block
from backend.drivers.sunspec.description import describe, read_plate
from backend.drivers.sunspec.feeds import Chain, Feed, choose, with_modulus
from backend.drivers.sunspec.judge import Sample, judge
from backend.drivers.sunspec.layout import Place, read_place
from backend.drivers.sunspec.line import Line, Refused
from backend.drivers.sunspec.memory import Memory
from backend.model.clock import Clock
from backend.model.device import Device, DeviceKind, Nameplate
from backend.model.point import Point
from backend.model.quality import Quality
from backend.model.reading import Reading

POLL_LIMIT: Final = 3.0
"""Longest poll, in time-outs of one request."""
INSPECT_LIMIT: Final = 20.0
IDENTITY_EVERY_S: Final = 300.0
"""How often the nameplate is read again: behind a gateway a device is replaced without a broken connection."""
_NOTHING: Final = frozenset({b"\xff\xff", b"\x80\x00", b"\0\0"})
"""What stands where the model number should, while a device wakes up."""
_EMPTY_PLATE: Final = Nameplate()


class SunSpecSession:
    """Polls the blocks that feed the device's points; can tell everything else too."""

    def __init__(
        self, device: Device, address: SunSpecAddress, line: Line, blocks: Sequence[Block], clock: Clock, memory: Memory
    ) -> None:
        self._device, self._address, self._line, self._clock, self._memory = device, address, line, clock, memory
        self._blocks = blocks
        self._feeds: dict[Block, list[Feed]] = {}
        self._chain: Chain = {}
        self._plate = _EMPTY_PLATE
        self._unsupported: set[str] = set()
        self._identified_s = clock.monotonic()
        self._connections = line.connections

    @property
    def plate(self) -> Nameplate:
        """Model 1 as it was last read."""
        return self._plate

    @property
    def points(self) -> Sequence[Point]:
        """By the tables and the device's chain, in a fixed order."""
        return [Point(self._device.key, feed.spec) for feeds in self._feeds.values() for feed in feeds]

    async def prepare(self, wanted: frozenset[int]) -> None:
        """Read the nameplate and settle which place feeds which point. Raises ``DeviceError``."""
        self._plate = await self._read_plate()
        if self._memory.serial and self._plate.serial not in ("", self._memory.serial):
            self._forget()
        self._memory.serial = self._plate.serial or self._memory.serial
        self._memory.wake(self._clock.monotonic())
        layouts: dict[Block, tuple[Place, ...]] = {}
        for block in self._blocks:
            if block.model in wanted and (places := await block_layout(self._line, block)) is not None:
                layouts[block] = places
        self._chain = layouts
        for feed in choose(self._device.kind, self._chain, self._address.mounting, self._address.instance):
            self._feeds.setdefault(feed.block, []).append(feed)
        for block, feeds in self._feeds.items():
            data = await self._read(block, self._chain[block], feeds)
            if data[:4] == block.head:
                self._feeds[block] = [replace(feed, spec=with_modulus(feed, data)) for feed in feeds]

    async def poll(self) -> Report:
        """All points once. Raises ``DeviceError``; bounded by three time-outs."""
        if not self._feeds:
            models = ", ".join(str(block.model) for block in self._blocks)
            raise DeviceMisconfigured(f"no model for a device of kind {self._device.kind}; the device has {models}")
        async with self._bounded(POLL_LIMIT):
            samples: list[Sample] = []
            for block, feeds in self._feeds.items():
                data = await self._read(block, self._chain[block], feeds)
                if data[:2] in _NOTHING:
                    data = b""
                elif data[:4] != block.head:
                    raise DeviceGarbled(f"model {block.model} is not where it was; the chain has to be walked again")
                samples += [Sample(feed, read_place(feed.place, data, block.words)) for feed in feeds]
            at_ms = self._clock.now_ms()
            await self._check_identity()
        report = judge(self._device.kind, self._device.key, samples, at_ms, self._memory, self._clock.monotonic())
        return replace(report, readings=[reading for reading in report.readings if self._worth_telling(reading)])

    async def inspect(self) -> Sequence[RawPoint]:
        """Every point of every standard model, as ``model#instance.point``, groups counted from 0."""
        found: list[RawPoint] = []
        async with self._bounded(INSPECT_LIMIT):
            layouts = [(block, await block_layout(self._line, block)) for block in self._blocks]
            chain = {block: places for block, places in layouts if places is not None}
            names = self._names(chain)
            for block, places in chain.items():
                data = await read_block(self._line, block, places)
                found += [_raw_point(block, place, data, names.get((block, place.path), "")) for place in places]
        return found

    async def describe(self) -> Description:
        """What it is, its rated power and its clock. Raises ``DeviceError``."""
        async with self._bounded(INSPECT_LIMIT):
            return await describe(self._line, self._blocks, self._address.instance)

    def _names(self, chain: Chain) -> dict[tuple[Block, str], str]:
        """Which points are fed, or could be where the device turns out to be of another kind."""
        kinds = (self._device.kind,) if self._feeds else tuple(DeviceKind)
        feeds = [feed for kind in kinds for feed in choose(kind, chain, self._address.mounting, self._address.instance)]
        return {(feed.block, feed.place.path): feed.spec.name for feed in feeds}

    async def close(self) -> None:
        """Let go at once."""
        await self._line.close()

    def _worth_telling(self, reading: Reading) -> bool:
        """What the device does not have is told once per session, not every few seconds for years."""
        told = reading.point in self._unsupported
        if reading.quality is Quality.BAD_NOT_SUPPORTED:
            self._unsupported.add(reading.point)
            return not told
        self._unsupported.discard(reading.point)
        return True

    async def _read(self, block: Block, places: tuple[Place, ...], feeds: Sequence[Feed]) -> bytes:
        words = min(block.words, max(feed.place.end for feed in feeds))
        data = await read_block(self._line, block, places, words)
        if len(data) < 4:
            raise DeviceGarbled(f"model {block.model} cannot be read any more")
        return data

    async def _read_plate(self) -> Nameplate:
        return await read_plate(self._line, self._blocks, self._address.instance)

    async def _check_identity(self) -> None:
        now = self._clock.monotonic()
        reconnected = self._line.connections != self._connections
        if not reconnected and now - self._identified_s < IDENTITY_EVERY_S:
            return
        if reconnected:
            self._memory.wake(now)
        self._connections, self._identified_s = self._line.connections, now
        plate = await self._read_plate()
        if self._plate.serial and plate.serial not in ("", self._plate.serial):
            self._forget()
            raise DeviceGarbled(f"another device answers: serial {plate.serial} instead of {self._plate.serial}")
        if plate != _EMPTY_PLATE:
            self._plate = plate
            self._memory.serial = plate.serial or self._memory.serial

    def _forget(self) -> None:
        memory = self._memory
        memory.serial, memory.asleep = "", False
        memory.seen.clear()
        memory.counters.clear()

    @asynccontextmanager
    async def _bounded(self, limit: float) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(limit * self._address.timeout_s):
                yield
        except TimeoutError as error:
            await self._line.close()
            raise DeviceUnreachable("too slow") from error
        except Refused as error:
            raise DeviceGarbled(str(error)) from error


def _raw_point(block: Block, place: Place, data: bytes, name: str) -> RawPoint:
    decoded = read_place(place, data, block.words)
    path = f"{block.model}#{block.instance}.{place.path}"
    absent = None if decoded.absence is None else str(decoded.absence)
    return RawPoint(path, decoded.value, place.point.unit, decoded.raw, absent, name)
