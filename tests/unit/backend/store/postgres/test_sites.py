"""The site in every key: of what is written, and of what an earlier version wrote."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import numpy as np
import pytest

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.event import Event, EventKind
from backend.model.point import Point
from backend.model.site import Place, Site
from backend.store.contract import Level, Reader, SharedStore
from backend.store.postgres import open_store
from backend.store.postgres.database import Database
from backend.store.postgres.schema import VERSION
from backend.store.reader import open_reader
from backend.store.tiers.keys import LARGEST_POINT
from tests.support.clock import FakeClock
from tests.support.old_database import as_version
from tests.support.postgres import Server
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER, good

START_MS = 20_700 * DAY_MS
SITES = ("north", "south", "west")
POINTS = [Point(f"{site}/pcs", spec) for spec in (POWER.spec, ENERGY.spec) for site in SITES]
"""Numbered so that neighbours are of different sites."""
OF_POINTS = ("chunk", "minute", "quarter", "hour", "day", "waiting")
KEYS = (
    "SELECT c.relname, array_agg(a.attname ORDER BY a.attname) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indisprimary AND"
    " c.relnamespace = 'public'::regnamespace GROUP BY c.relname"
)
OF_NODES = {"meta", "migration", "origin", "ledger", "unfolded", "held", "delivered", "defining", "translation"}
"""What a chain of batches is about: its node may speak for several sites."""


async def live(store: SharedStore, clock: FakeClock, first_hour: int, hours: int) -> None:
    """Three sites tell once a minute, with an hour in which the registers are silent; everything due is folded."""
    await store.define(
        [Site(key, {}, Place(35.0, 139.0), "Asia/Tokyo") for key in SITES],
        [Device(f"{key}/pcs", key, DeviceKind.INVERTER, {}, "none", interval_s=60) for key in SITES],
    )
    numbers = await store.number(POINTS)
    for hour in range(first_hour, first_hour + hours):
        at_ms = [START_MS + hour * HOUR_MS + minute * 60_000 + 500 for minute in range(60)]
        told = [point for point in POINTS if hour % 5 != 3 or point.spec is POWER.spec]
        for place, point in enumerate(told):
            values = [float(place * 100_000 + hour * 600 + minute * 10) for minute in range(60)]
            await store.commit(good(numbers[point.key], at_ms, values), [], [])
        clock.advance((at_ms[-1] + 30_000 - clock.now_ms()) / 1000)
        while await store.fold():
            pass
    await store.commit(Columns.empty(), [Event(clock.now_ms(), EventKind.DATA_LATE, "north/pcs", {})], [])


async def answers(reader: Reader) -> dict[str, object]:
    end_ms, day = START_MS + 3 * DAY_MS, date(2026, 9, 4)
    found: dict[str, object] = {}
    for point in await reader.points():
        raw = await reader.raw(point.key, START_MS, end_ms)
        found[point.key] = (raw.at_ms.tolist(), raw.value.tolist())
        for level in Level:
            told = await reader.rollup(point.key, level, START_MS, end_ms)
            figures = (told.start_ms, told.minimum, told.mean, told.maximum, told.energy, told.coverage)
            found[f"{point.key} {level}"] = [np.asarray(figure).astype(str).tolist() for figure in figures]
    found["latest"] = {key: (reading.at_ms, reading.value) for key, reading in (await reader.latest()).items()}
    found["energy"] = await reader.energy_by_day([point.key for point in POINTS], day, day)
    found["events"] = [(event.at_ms, event.kind, event.subject) for event in await reader.events(0, 1 << 60)]
    return found


async def told_by(address: str) -> dict[str, object]:
    async with open_reader(address) as reader:
        return await answers(reader)


async def count(address: str, point: Point) -> int:
    async with open_reader(address) as reader:
        return len(await reader.raw(point.key, START_MS, START_MS + 3 * DAY_MS))


@asynccontextmanager
async def asking(address: str) -> AsyncGenerator[Any]:
    link = await asyncpg.connect(address)
    try:
        yield link
    finally:
        await link.close()


async def strangers(address: str) -> list[str]:
    """Tables with rows whose site is not that of their point."""
    found: list[str] = []
    async with asking(address) as link:
        for table in (*OF_POINTS, "gap"):
            number = "t.point" if table == "gap" else f"t.id & {LARGEST_POINT}"
            sql = f"SELECT count(*) FROM {table} t LEFT JOIN point p ON p.number = {number} WHERE t.site IS DISTINCT FROM p.site"
            if await link.fetchval(sql):
                found.append(table)
    return found


async def test_every_row_lies_under_its_own_site(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as store:
        await live(store, clock, 0, 30)
        assert await strangers(address) == []
        async with asking(address) as link:
            whose = await link.fetch("SELECT id, array_agg(site ORDER BY site) FROM fragment GROUP BY id")
            keys = dict(await link.fetch(KEYS))
            whole = {point.key: await count(address, point) for point in POINTS}
            full = [table for table in (*OF_POINTS, "gap", "fragment") if await link.fetchval(f"SELECT count(*) FROM {table}")]
    assert whole == {point.key: 60 * (30 if point.spec is POWER.spec else 24) for point in POINTS}
    assert whose
    assert {tuple(sites) for _, sites in whose} == {SITES}
    assert set(full) == {*OF_POINTS, "gap", "fragment"}
    without = {table for table, columns in keys.items() if "site" not in columns and not table.startswith("batch")}
    assert without == OF_NODES | {"point", "document", "latest"}


async def test_an_earlier_database_is_upgraded_and_reads_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    newest, old = await server.new_database(), await server.new_database()
    clock = FakeClock(START_MS)
    with monkeypatch.context() as patched:
        # Fragments as they were before: 64 points of whichever sites.
        patched.setattr(Database, "by_site", False)
        async with open_store(newest, "a", clock) as store:
            await live(store, clock, 0, 30)
    await as_version(newest, old, VERSION - 1)
    before, later = await told_by(old), FakeClock(clock.now_ms())
    async with open_store(old, "a", clock) as upgraded:
        assert await told_by(old) == before == await told_by(newest)
        assert await strangers(old) == []
        async with asking(old) as link:
            assert await link.fetchval("SELECT count(*) FROM fragment WHERE site = ''") > 0
        await live(upgraded, clock, 30, 30)
    async with open_store(newest, "a", later) as store:
        await live(store, later, 30, 30)
    assert await told_by(old) == await told_by(newest)
    assert await strangers(old) == []
    async with asking(old) as link:
        assert await link.fetchval("SELECT count(*) FROM fragment WHERE site = ''") == 0
