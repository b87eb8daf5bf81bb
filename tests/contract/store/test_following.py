"""Readers beside a writer: always a consistent view, never a hole, and nobody waits for anybody."""

import asyncio
from datetime import date

import numpy as np

from backend.model.clock import ClockAnchor
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.kiosk import KioskPlan
from backend.model.node import NodeInfo
from backend.model.states import Connectivity, ConnectorState
from backend.store.contract import Reader
from backend.wire.batch import FIRST_PREDECESSOR, read_hash, unseal
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, DEVICE, ENERGY, HOUR_MS, POWER, good, site

START_MS = 20_700 * DAY_MS


async def test_a_reader_never_sees_a_hole_while_hours_are_sealed(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as one, shop.reader() as other:
        written = 0
        done = asyncio.Event()

        async def watch(reader: Reader) -> int:
            looks = 0
            while not done.is_set() or looks < 5:
                least = written
                rows = await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)
                assert len(rows) >= least
                assert rows.value.tolist() == [float(i) for i in range(len(rows))]
                energy = await reader.energy_by_day([ENERGY.key], date(2026, 9, 4), date(2026, 9, 5))
                assert least < 2 or least - 2 <= sum(energy[ENERGY.key].values()) <= written + 1
                looks += 1
            return looks

        async with asyncio.TaskGroup() as tasks:
            watchers = [tasks.create_task(watch(reader), name="watch") for reader in (one, other)]
            for i in range(400):
                now_ms = START_MS + i * 60_000
                await place.write(place.power, [now_ms], [float(i)])
                await place.write(place.energy, [now_ms], [float(i)])
                written += 1
                place.clock.advance(60)
                await place.store.fold()
            await place.settle()
            done.set()
        assert all(watcher.result() >= 5 for watcher in watchers)


async def test_version_changes_with_every_commit_and_only_then(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        first = await reader.version()
        assert await reader.version() == first
        await place.write(place.power, [START_MS], [1.0])
        second = await reader.version()
        assert second != first
        assert await reader.version() == second


async def test_documents_states_and_events_come_back(shop: Shop) -> None:
    device = DeviceStatus("school/pcs", Connectivity.LOST, START_MS, None)
    connector = ConnectorStatus("school/ev", 2, ConnectorState.FAULTED, START_MS, error="GroundFailure")
    plan = KioskPlan("school")
    info = NodeInfo("school", "1", ClockAnchor(1, 2))
    events = [Event(START_MS + i, EventKind.DEVICE_LOST, f"school/d{i % 2}", {"n": i}) for i in range(10)]
    async with town(shop, START_MS) as place, shop.reader() as reader:
        await place.store.put("plan", "main", plan)
        await place.store.put("node", "main", info)
        await place.store.commit(good(place.power, [], []), events, [connector, device])
        assert await reader.sites() == [site("Asia/Tokyo")]
        assert await reader.devices() == [DEVICE]
        assert await reader.points() == [POWER, ENERGY]
        assert await reader.statuses() == [device]
        assert await reader.connectors() == [connector]
        assert await reader.document("plan", "main", KioskPlan) == plan
        assert await reader.document("node", "main", NodeInfo) == info
        assert await reader.document("plan", "other", KioskPlan) is None
        assert await reader.events(START_MS + 2, START_MS + 9, "school/d1", 3) == [events[7], events[5], events[3]]
        await place.store.define([site("Europe/Berlin")], [])
        assert await reader.sites() == [site("Europe/Berlin")]
        assert await reader.devices() == []


async def test_batches_form_a_chain(shop: Shop) -> None:
    async with town(shop, START_MS) as place:
        for i in range(20):
            await place.write(place.power, [START_MS + i], [float(i)])
    async with town(shop, START_MS + HOUR_MS) as place:
        await place.write(place.power, [START_MS + HOUR_MS], [7.0])
    bodies = await shop.batches()
    before, following = FIRST_PREDECESSOR, 1
    for body in bodies:
        batch = unseal(body, before)
        assert batch.header.first == following
        before, following = read_hash(body), batch.header.first + batch.header.span
    values = np.concatenate([unseal(body).readings.value for body in bodies])
    assert values.tolist() == [*(float(i) for i in range(20)), 7.0]
