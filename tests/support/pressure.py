"""Writers and a reader at a database that fails: what was acknowledged, and for how long nothing was."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from backend.intake import Intake, Limits, open_intake
from backend.model.clock import SystemClock
from backend.model.delivery import Delivery, StorageError
from backend.model.device import Device, DeviceKind
from backend.model.point import Point, PointSpec, Unit
from backend.model.reading import Reading
from backend.store.opening import open_store
from backend.store.reader import open_reader
from tests.support.town import site
from tests.support.until import until
from tests.support.witness import Fact, kept

RETRY_S = 0.05


class Pauses:
    """The longest time between two successes."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.longest_s = 0.0

    @property
    def silent_s(self) -> float:
        """Since the last success."""
        return time.monotonic() - self._last

    def succeed(self) -> None:
        now = time.monotonic()
        self.longest_s, self._last = max(self.longest_s, now - self._last), now


class Pressure:
    """Readings that are repeated until they are acknowledged, and somebody who looks all the time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.acknowledged: list[Fact] = []
        self.generated: set[Fact] = set()
        self.seen: set[Fact] = set()
        self.writing = Pauses()
        self.reading = Pauses()
        self._points = [Point(f"town/pcs{number}", PointSpec("ac_power", Unit.WATT, digits=1)) for number in range(3)]
        self._last_ms = 0

    @asynccontextmanager
    async def going_on(self) -> AsyncGenerator[None]:
        """In this context; the pauses are those of this time."""
        self.writing, self.reading = Pauses(), Pauses()
        devices = [Device(p.device, "town", DeviceKind.INVERTER, {"en": "PCS"}, "none", interval_s=1) for p in self._points]
        clock = SystemClock()
        async with open_store(self.address, "cloud", clock) as store, open_intake(store, clock, Limits(0.02)) as intake:
            await intake.define([site("Asia/Tokyo")], devices)
            await intake.declare(self._points)
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._write(intake, point.key, repeats=number > 0), name=point.key)
                    for number, point in enumerate(self._points)
                ]
                running.append(tasks.create_task(self._read(), name="reader"))
                try:
                    yield
                finally:
                    for task in running:
                        task.cancel()

    async def more(self, count: int, limit_s: float = 60.0) -> None:
        """Wait until so many more are acknowledged."""
        goal = len(self.acknowledged) + count
        await until(lambda: len(self.acknowledged) >= goal, limit_s)

    async def lost(self) -> set[Fact]:
        """What was acknowledged, or seen, and is not there. Fails where something is there twice, or that nobody wrote."""
        async with open_reader(self.address) as reader:
            found = await kept(reader, {point.key for point in self._points})
        assert not {fact for fact, count in found.items() if count > 1}, "doubled"
        assert max(Counter((key, at_ms) for key, at_ms, _ in found).values(), default=1) == 1, "two values at one instant"
        assert not set(found) - self.generated, "out of nothing"
        return (set(self.acknowledged) | self.seen) - set(found)

    async def _write(self, intake: Intake, key: str, *, repeats: bool) -> None:
        """As a device that repeats what was not acknowledged, or as one that is asked and says something else the next time."""
        fact = self._fact(key)
        while True:
            done = await self._tried(intake, fact)
            if done or not repeats:
                fact = self._fact(key)
            if not done:
                await asyncio.sleep(RETRY_S)

    async def _tried(self, intake: Intake, fact: Fact) -> bool:
        try:
            await intake.accept(Delivery([Reading(*fact)]))
        except StorageError:
            return False
        self.acknowledged.append(fact)
        self.writing.succeed()
        return True

    def _fact(self, key: str) -> Fact:
        """Now, and never twice the same."""
        self._last_ms = max(self._last_ms + 1, time.time_ns() // 1_000_000)
        fact = (key, self._last_ms, float(self._last_ms % 7001))
        self.generated.add(fact)
        return fact

    async def _read(self) -> None:
        keys = [point.key for point in self._points]
        while True:
            try:
                async with open_reader(self.address) as reader:
                    while True:
                        newest = await reader.latest(keys)
                        self.seen |= {(key, row.at_ms, row.value) for key, row in newest.items() if row.value is not None}
                        self.reading.succeed()
                        await asyncio.sleep(RETRY_S)
            except StorageError:
                await asyncio.sleep(RETRY_S)
