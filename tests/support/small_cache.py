"""A real cache file with one morning of a school: an inverter, a charger, a plan; written through the real store."""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from backend.model.clock import ClockAnchor
from backend.model.columns import Columns
from backend.model.device import ConnectorPlate, ConnectorStatus, Device, DeviceKind, DeviceStatus
from backend.model.kiosk import KioskPlan
from backend.model.node import Curve, NodeInfo
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.site import Array, Place, Site
from backend.model.states import Connectivity, ConnectorState, StateSet
from backend.store.served import ServedStore
from backend.store.sqlite import open_store
from tests.support.clock import FakeClock

EIGHT_MS = 1_795_388_400_000  # 2026-11-23 08:00 in Tokyo
NOON_MS = EIGHT_MS + 4 * 3_600_000
STEP_MS = 10_000

SITE = Site("school", {"ja": "学校", "en": "School"}, Place(35.68, 139.69), "Asia/Tokyo", Array(20.0))
INVERTER = Device("school/pv", "school", DeviceKind.INVERTER, {"ja": "発電", "en": "Solar"}, "sunspec://192.0.2.10", 10.0)
CHARGER = Device(
    "school/ev", "school", DeviceKind.CHARGER, {"en": "EV"}, "ocpp://CP-01", connectors=(ConnectorPlate(1, "CCS", 50_000.0),)
)
POWER = Point("school/pv", PointSpec("ac_power", Unit.WATT))
ENERGY = Point("school/pv", PointSpec("ac_energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, 0))
STATE = Point("school/ev", PointSpec("connector1.state", Unit.STATE, PointKind.STATUS, 0, StateSet.CONNECTOR))
DAY_START_MS = EIGHT_MS - 8 * 3_600_000


@asynccontextmanager
async def small_cache(path: Path) -> AsyncGenerator["Writer"]:
    """The cache open for writing, its morning in it and folded; at ten the charger began to charge."""
    clock = FakeClock(NOON_MS)
    async with open_store(path, "test node", clock) as store:
        writer = Writer(store, clock)
        await writer.introduce()
        await writer.morning()
        yield writer


class Writer:
    """What a node would do."""

    def __init__(self, store: ServedStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.numbers: dict[str, int] = {}

    async def introduce(self) -> None:
        store = self.store
        await store.define([SITE], [INVERTER, CHARGER])
        await store.put("node", "main", NodeInfo("test node", "1", ClockAnchor(NOON_MS, 0, 0.0)))
        await store.put("plan", "main", KioskPlan("school"))
        curve = Curve(DAY_START_MS, 3_600_000, tuple(max(0.0, 15_000.0 * math.sin(math.pi * (h - 6) / 12)) for h in range(25)))
        await store.put("clear_sky", "school/2026-11-23", curve)
        self.numbers = dict(await store.number([POWER, ENERGY, STATE]))

    async def morning(self) -> None:
        at_ms = np.arange(EIGHT_MS, NOON_MS, STEP_MS, dtype=np.int64)
        await self.write(POWER, at_ms, np.full(len(at_ms), 6_000.0))
        await self.write(ENERGY, at_ms, 1_000_000.0 + 6_000.0 * (at_ms - EIGHT_MS) / 3_600_000)
        ten_ms = EIGHT_MS + 2 * 3_600_000
        await self.write(STATE, np.array([EIGHT_MS, ten_ms]), np.array([ConnectorState.AVAILABLE, ConnectorState.CHARGING]))
        states = (
            DeviceStatus("school/pv", Connectivity.CONNECTED, EIGHT_MS, NOON_MS),
            DeviceStatus("school/ev", Connectivity.CONNECTED, EIGHT_MS, NOON_MS),
            ConnectorStatus("school/ev", 1, ConnectorState.CHARGING, ten_ms),
        )
        await self.store.commit(Columns.empty(), (), states)
        while await self.store.fold():
            pass

    async def write(self, point: Point, at_ms: "np.ndarray[tuple[int], np.dtype[np.int64]]", value: object) -> None:
        count = len(at_ms)
        values = np.asarray(value, np.float64)
        number = np.full(count, self.numbers[point.key], np.int32)
        await self.store.commit(Columns(number, at_ms, values, np.zeros(count, np.uint32), np.zeros(count, np.uint8)))
