"""Devices that are files: a folder where somebody puts them, or an address from where they are fetched. One task for each.

Delivery promise: a file is moved, or its version remembered, only after everything of it is on disk; after a crash it is read
once more, which changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from backend.drivers.contact import Contact, first_status
from backend.drivers.contract import DeviceUnreachable, Report, Secret
from backend.drivers.csvfile.address import FileAddress, parse_address
from backend.drivers.csvfile.fetch import Fetcher
from backend.drivers.csvfile.finding import Unreadable
from backend.drivers.csvfile.folder import Folder
from backend.drivers.csvfile.keeping import Keeper, Memory, Place, Rules
from backend.drivers.csvfile.opening import plan_file
from backend.drivers.csvfile.plan import Target
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.device import Device
from backend.model.event import Event, EventKind

LOOK_S: Final = 2.0
DAY_MS: Final = 86_400_000
FRESH_MS: Final = 3_600_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the settings say beside the devices."""

    zones: dict[str, str]
    """IANA name by site."""
    fetched: Path
    """Where versions of fetched files are remembered."""
    look_s: float = LOOK_S
    every_s: float | None = None
    """Between fetches, instead of what addresses say; for tests."""


class FileDriver:
    """Implements ``ListeningDriver``: nobody calls, but files come when they come."""

    def __init__(self, around: Surroundings, memory: Memory) -> None:
        self._around, self._memory = around, memory

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Take in what comes until the context ends."""
        place = Place(sink, self._memory, clock)
        sources = [Source(device, parse_address(device.address), place, self._around) for device in devices]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(source.run(), name=f"files {source.device.key}") for source in sources]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()


class Source:
    """One device and its files."""

    def __init__(self, device: Device, address: FileAddress, place: Place, around: Surroundings) -> None:
        self.device = device
        self._address, self._place, self._around = address, place, around
        self._target = Target(device.key, around.zones.get(device.site, ""), device.rated_w)
        self._contact = Contact(first_status(device.key, None, place.clock.now_ms()))

    async def run(self) -> None:
        """Look again and again until cancelled."""
        await self._place.sink.declare(self._contact.own_points)
        if self._address.folder is not None:
            await self._watch(Folder(self._address.folder, self._address.keep))
        else:
            await self._fetch(Fetcher(self._address.url, self._around.fetched / self.device.key.replace("/", "_")))

    async def _watch(self, folder: Folder) -> None:
        while True:
            try:
                files = await asyncio.to_thread(folder.complete)
                self._reached()
                for file in files:
                    reason = await self._take(file)
                    await asyncio.to_thread(folder.deal_with, file, reason)
            except OSError as error:
                self._silent(error)
            except StorageError as error:
                _log.warning("a file waits for the store", device=self.device.key, reason=str(error))
            await asyncio.sleep(self._around.look_s)

    async def _fetch(self, fetcher: Fetcher) -> None:
        try:
            while True:
                try:
                    file = await asyncio.to_thread(fetcher.fetch)
                    self._reached()
                    if file is not None:
                        await self._take(file)
                        await asyncio.to_thread(fetcher.taken)
                except (DeviceUnreachable, OSError) as error:
                    self._silent(error)
                except StorageError as error:
                    _log.warning("a file waits for the store", device=self.device.key, reason=str(error))
                await asyncio.sleep(self._around.every_s or self._address.every_s)
        finally:
            fetcher.close()

    async def _take(self, file: Path) -> str:
        """Keep a file; why it cannot be, if so. Raises ``StorageError``."""
        now_ms = self._place.clock.now_ms()
        try:
            plan = await asyncio.to_thread(plan_file, file, self._target, self._address.choices)
            if plan.doubts:
                return await self._refuse(file, "in doubt: " + ", ".join(doubt.key for doubt in plan.doubts))
            rules = Rules(fresh_ms=now_ms - FRESH_MS)
            report = await Keeper(plan, self._place, rules, name=file.name, attribution=self._address.attribution).run()
        except Unreadable as error:
            return await self._refuse(file, str(error))
        except FileNotFoundError:
            return ""
        except OSError as error:
            return await self._refuse(file, str(error.strerror or error))
        _log.info("file taken in", device=self.device.key, file=file.name, rows=report.rows, taken=report.taken)
        return ""

    async def _refuse(self, file: Path, reason: str) -> str:
        event = Event(
            self._place.clock.now_ms(), EventKind.FILE_REFUSED, self.device.key, {"file": file.name[:200], "reason": reason[:400]}
        )
        await self._place.sink.accept(Delivery(events=(event,), urgent=True))
        _log.warning("file refused", device=self.device.key, file=file.name, reason=reason)
        return reason

    def _reached(self) -> None:
        self._tell(self._contact.reached(Report(()), self._place.clock.now_ms()))

    def _silent(self, error: Exception) -> None:
        told = self._contact.silent("unreachable", False, self._place.clock.now_ms())
        if told is not None:
            _log.warning("files cannot be had", device=self.device.key, reason=str(error))
        self._tell(told)

    def _tell(self, delivery: Delivery | None) -> None:
        if delivery is not None and (delivery.readings or delivery.events or delivery.states):
            self._place.sink.accept(delivery).add_done_callback(_retrieve)


def _retrieve(done: "asyncio.Future[None]") -> None:
    """A failed commit is the store's to tell."""
    if not done.cancelled():
        done.exception()
