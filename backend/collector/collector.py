"""All polled devices of a node, each in a task of its own under one owner."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self, TypeVar

from backend.collector.device_task import DeviceTask, Surroundings
from backend.collector.night import silence_rule
from backend.drivers.contact import Contact, first_status
from backend.drivers.contract import Description, DeviceError, PollingDriver, RawPoint
from backend.model.device import Device, DeviceStatus
from backend.model.message import Message
from backend.model.point import Point
from backend.model.site import Site

T = TypeVar("T")


class InspectionError(Exception):
    """The device cannot be asked now; the message says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Collector:
    """Polls devices while its context is open."""

    def __init__(
        self,
        devices: Sequence[tuple[Device, PollingDriver]],
        sites: Sequence[Site],
        around: Surroundings,
        known: Sequence[DeviceStatus] = (),
        points: Sequence[Point] = (),
    ) -> None:
        """``known`` and ``points`` are what the store remembers of the devices."""
        places = {site.key: site for site in sites}
        before = {status.device: status for status in known}
        now_ms = around.clock.now_ms()
        self._tasks: dict[str, DeviceTask] = {}
        for device, driver in devices:
            own = tuple(point for point in points if point.device == device.key)
            contact = Contact(first_status(device.key, before.get(device.key), now_ms), own)
            rule = silence_rule(device, places[device.site])
            self._tasks[device.key] = DeviceTask(device, driver, contact, rule, around)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Poll until the context ends; all sessions are closed within a second of that."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(task.run(), name=f"device {key}") for key, task in self._tasks.items()]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()

    @property
    def statuses(self) -> Sequence[DeviceStatus]:
        """As the collector knows them at this moment."""
        return [task.contact.status for task in self._tasks.values()]

    async def inspect(self, device: str) -> Sequence[RawPoint]:
        """Everything a device says over its open session. Raises ``InspectionError``."""
        return await self._ask(device, DeviceTask.inspect)

    async def describe(self, device: str) -> Description:
        """What a device says of itself, over its open session. Raises ``InspectionError``."""
        return await self._ask(device, DeviceTask.describe)

    async def _ask(self, device: str, question: Callable[[DeviceTask], Awaitable[T]]) -> T:
        task = self._tasks.get(device)
        if task is None:
            raise InspectionError(Message("This node polls no device “{device}”.", {"device": device}))
        try:
            return await question(task)
        except (DeviceError, TimeoutError) as error:
            values: dict[str, str | int | float] = {"device": device, "reason": str(error) or type(error).__name__}
            raise InspectionError(Message("{device} cannot be asked now: {reason}", values)) from error
