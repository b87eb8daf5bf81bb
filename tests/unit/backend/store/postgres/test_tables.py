"""Migrations, partitions and what goes when its time is over."""

import asyncio

import asyncpg
import pytest

from backend.model.delivery import StorageError
from backend.store.calendar import HOUR_MS as HOUR
from backend.store.contract import Level
from backend.store.postgres import open_store
from backend.store.postgres.database import DatabaseNewer
from backend.store.postgres.partitions import days_of_batches, month_of
from backend.store.postgres.schema import VERSION
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.tiers.keys import key_of
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, HOUR_MS, POWER, settle_in

START_MS = 20_700 * DAY_MS


async def names(address: str, pattern: str) -> list[str]:
    link = await asyncpg.connect(address)
    rows = await link.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE $1 ORDER BY 1", pattern)
    await link.close()
    return [name for (name,) in rows]


async def test_many_may_open_an_empty_database_at_once(address: str) -> None:
    async def visit(name: str) -> None:
        async with open_store(address, name, FakeClock(START_MS)):
            pass

    await asyncio.gather(*(visit(f"front {i}") for i in range(6)))
    async with open_reader(address) as reader:
        assert len(await reader.events(0, 1 << 60)) == 6


async def test_there_is_nothing_to_read_before_the_first_writer(address: str) -> None:
    with pytest.raises(StorageError):
        await open_reader(address)


async def test_a_newer_database_is_left_alone(address: str) -> None:
    async with open_store(address, "a", FakeClock(START_MS)):
        pass
    link = await asyncpg.connect(address)
    await link.execute("INSERT INTO migration (version) VALUES ($1)", VERSION + 1)
    await link.close()
    with pytest.raises(DatabaseNewer):
        async with open_store(address, "a", FakeClock(START_MS)):
            pass
    with pytest.raises(StorageError):
        await open_reader(address)


def test_partitions_begin_and_end_with_their_month() -> None:
    december = 1_796_083_200_000 // HOUR  # 2026-12-01T00:00Z
    for hour in (december, december + 31 * 24 - 1):
        part = month_of("chunk", hour)
        assert (part.name, part.start, part.end) == ("chunk_202612", key_of(december, 0), key_of(december + 31 * 24, 0))
    assert month_of("chunk", december + 31 * 24).name == "chunk_202701"
    days = month_of("quarter", december)
    assert (days.start, days.end) == (key_of(december // 24, 0), key_of(december // 24 + 31, 0))
    assert days_of_batches(december * HOUR).name == "batch_20261201"


async def test_what_is_over_goes_with_its_partition(address: str) -> None:
    clock = FakeClock(START_MS)
    keep = Retention(journal_days=1, raw_days=40, minute_days=80, quarter_days=120)
    async with open_store(address, "a", clock, keep) as store, open_reader(address) as reader:
        place = await settle_in(store, clock)
        await place.write(place.power, [START_MS + i * 60_000 for i in range(60)], [5.0] * 60)
        await place.at(START_MS + 2 * HOUR_MS)
        assert len(await names(address, "batch_%")) == 1
        assert len(await names(address, "chunk_%")) == 1

        async def left() -> tuple[int, ...]:
            counts = [len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS))]
            for level in Level:
                told = await reader.rollup(POWER.key, level, START_MS - DAY_MS, START_MS + HOUR_MS)
                counts.append(len(told.start_ms))
            return tuple(counts)

        assert await left() == (60, 60, 4, 1, 1)
        for days, expected in ((41, (0, 60, 4, 1, 1)), (81, (0, 0, 4, 1, 1)), (121, (0, 0, 0, 1, 1))):
            await place.at(START_MS + days * DAY_MS)
            assert await left() == expected
        await place.at(START_MS + 200 * DAY_MS)
        assert await names(address, "chunk_%") == await names(address, "quarter_%") == []
        assert "batch_20260904" not in await names(address, "batch_%")
        link = await asyncpg.connect(address)
        assert await link.fetchval("SELECT sum(readings) FROM ledger") == 60
        await link.close()
