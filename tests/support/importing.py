"""A real store to import into, and what is in it afterwards."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from backend.collector.imports import Order, carry_out
from backend.drivers.csvfile.keeping import Keeper, Place, Rules
from backend.drivers.csvfile.opening import plan_file
from backend.drivers.csvfile.plan import Target
from backend.drivers.csvfile.report import Report
from backend.intake import Intake, open_intake
from backend.model.clock import Clock
from backend.model.device import Device, DeviceKind
from backend.model.event import Event
from backend.model.site import Place as Position
from backend.model.site import Site
from backend.store.opening import open_store
from backend.store.reader import StoreReader, open_reader
from backend.store.retention import Retention
from tests.support.clock import FakeClock

RECORDINGS = Path(__file__).parents[3] / "shared" / "data"
DEVICE = "school/logger"
FAR_MS = 4_000_000_000_000


@dataclass
class Rig:
    """One store and the device that files are imported for."""

    place: Place
    reader: StoreReader
    intake: Intake
    target: Target

    async def take(self, file: Path, choices: Mapping[str, str] | None = None, *, replace: bool = False) -> Report:
        """Import a file as the command does. Raises ``ImportRefused``."""
        return await carry_out(Order(file, DEVICE, choices or {}, replace), self.target, self.place, Rules(replace))

    def keeper(self, file: Path, choices: Mapping[str, str] | None = None) -> Keeper:
        """An import that can be stopped."""
        return Keeper(plan_file(file, self.target, choices or {}), self.place, Rules())

    async def values(self) -> dict[str, dict[int, float | None]]:
        """Everything that the store holds, by name of the point and instant."""
        found: dict[str, dict[int, float | None]] = {}
        for point in await self.reader.points():
            rows = await self.reader.raw(point.key, 0, FAR_MS)
            pairs = zip(rows.at_ms.tolist(), rows.value.tolist(), strict=True)
            found[point.spec.name] = {at_ms: None if isnan(value) else value for at_ms, value in pairs}
        return found

    async def events(self) -> list[Event]:
        """Everything that happened, oldest first."""
        return list(reversed(await self.reader.events(0, FAR_MS, DEVICE, 100_000)))

    async def everything(self) -> object:
        """What a second import may not change."""
        return await self.values(), await self.events()


@asynccontextmanager
async def rig(
    folder: Path,
    zone: str = "Asia/Tokyo",
    rated_w: float | None = 400_000.0,
    keep: Retention | None = None,
    clock: Clock | None = None,
) -> AsyncGenerator[Rig]:
    """An open store in this folder; what was imported before is still there."""
    clock = clock or FakeClock()
    site = Site("school", {"en": "School"}, Position(35.68, 139.77), zone)
    device = Device(DEVICE, "school", DeviceKind.SENSOR, {"en": "Logger"}, "gateway://logger", rated_w=rated_w)
    cache = folder / "node.enemado"
    async with (
        open_store(cache, "Test node", clock, keep) as store,
        open_intake(store, clock) as intake,
        open_reader(cache) as reader,
    ):
        await intake.define([site], [device])
        yield Rig(Place(intake, reader, clock), reader, intake, Target(DEVICE, zone, rated_w))
