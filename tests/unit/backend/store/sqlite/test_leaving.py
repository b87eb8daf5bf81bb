"""At the cap: first what the parent has, then single readings that it has too, and only then what it lacks, told and counted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from backend.model.event import Event, EventKind
from backend.model.gap import GapKind
from backend.model.spans import Spans
from backend.store.contract import Level, Reader, SharedStore
from backend.store.exchange import KeptBatch, Outbox
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.store.retention import MIB, Retention
from backend.store.sqlite import open_store
from backend.wire.batch import unseal
from backend.wire.parcel import SignedBatch
from tests.support.clock import FakeClock
from tests.support.family import START_MS as CHILD_START_MS
from tests.support.family import batches_of, hand_in_all, house
from tests.support.town import DAY_MS, HOUR_MS, POWER, Town, good, settle_in

START_MS = 20_700 * DAY_MS
MUCH = 1 << 26
KEEP = Retention(has_parent=True, cap_bytes=4 * MIB)


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[tuple[Town, Outbox, Reader]]:
    clock = FakeClock(START_MS)
    async with open_store(path, "school", clock, KEEP) as store, open_outbox(path) as outbox, open_reader(path) as reader:
        yield await settle_in(store, clock), outbox, reader


async def pour(place: Town, hours: range) -> int:
    """Noise that does not compress, two a second, 20 batches an hour, an event in each tenth; how many."""
    random = np.random.default_rng(hours.start)
    for hour in hours:
        for part in range(20):
            at_ms = START_MS + hour * HOUR_MS + part * 180_000 + np.arange(0, 180_000, 500)
            readings = good(place.power, at_ms.tolist(), random.normal(0, 1, len(at_ms)).tolist())
            events = [] if part % 10 else [Event(int(at_ms[0]), EventKind.DEVICE_HEALTH, "school/pcs")]
            await place.store.commit(readings, events, [])
        await place.at(START_MS + (hour + 1) * HOUR_MS + 11_000)
    return len(hours) * 7200


async def everything(outbox: Outbox) -> list[KeptBatch]:
    number, found = (await outbox.chains())[0].number, list[KeptBatch]()
    while batch := await outbox.oldest(number, found[-1].last + 1 if found else 1, MUCH):
        found.extend(batch)
    return found


def in_order(batches: list[KeptBatch]) -> Spans:
    return Spans.of((batch.first, batch.last) for batch in batches)


async def test_what_the_parent_has_goes_first_and_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with opened(path) as (place, outbox, reader):
        number = (await outbox.chains())[0].number
        for hour in range(80):
            await pour(place, range(hour, hour + 1))
            await place.store.deliver(number, Spans.of([(1, (await outbox.newest(number, 0, 1))[0].last)]))
        await place.at(START_MS + 81 * HOUR_MS)
        assert (await reader.state()).bytes_used <= 3.5 * MIB
        assert (await reader.state()).lost == 0
        assert await reader.gaps(0, 1 << 60) == []
        assert len(await reader.raw(POWER.key, START_MS, START_MS + 81 * HOUR_MS)) < 80 * 7200
        assert len((await reader.rollup(POWER.key, Level.HOUR, START_MS, START_MS + 81 * HOUR_MS)).start_ms) == 80
        assert not in_order(await everything(outbox)).touches(1, 1000)


async def test_what_it_lacks_goes_last_oldest_first_and_every_reading_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with opened(path) as (place, outbox, reader):
        number = (await outbox.chains())[0].number
        written = await pour(place, range(10))
        first = await everything(outbox)
        await place.store.deliver(number, in_order(first))
        sent = sum(batch.readings for batch in first)
        assert sent == written
        asked = Spans.of([(1, 1 << 52)]) - in_order(first)
        written += await pour(place, range(10, 20))
        assert await outbox.readings_between(number, asked) == written - sent
        written += await pour(place, range(20, 80))
        state = await reader.state()
        assert path.stat().st_size <= 4 * MIB
        left = [batch for batch in await everything(outbox) if not in_order(first).covers(batch.first, batch.last)]
        still = sum(batch.readings for batch in left)
        assert state.lost == written - sent - still > 0
        assert await outbox.readings_between(number, asked) == still
        plain = [batch for batch in left if batch.readings == batch.span]
        told = [unseal(batch.signed.body).events for batch in left if batch.readings != batch.span]
        kinds = [event.kind for events in told for event in events]
        assert kinds.count(EventKind.DEVICE_HEALTH) == 70 * 2
        (gap,) = await reader.gaps(0, 1 << 60)
        assert (gap.subject, gap.kind, gap.cause, gap.count) == ("node", GapKind.LOST, "cap", state.lost)
        assert gap.from_ms == int(unseal(first[-1].signed.body).readings.at_ms[-1]) + 500 + 180_000
        assert gap.to_ms is not None
        assert gap.to_ms < int(unseal(plain[0].signed.body).readings.at_ms[0])


async def test_of_children_the_oldest_goes_and_it_is_told_of_them(tmp_path: Path) -> None:
    child, path = tmp_path / "child.db", tmp_path / "c.db"
    random = np.random.default_rng(5)
    async with house(child, "gym") as place:
        for minute in range(0, 5000, 10):
            at_ms = CHILD_START_MS + minute * 60_000 + np.arange(0, 600_000, 500)
            await place.store.commit(
                good(place.numbers[place.power.key], at_ms.tolist(), random.normal(0, 1, 1200).tolist()), [], []
            )
    batches = await batches_of(child, "gym")
    clock = FakeClock(CHILD_START_MS + 4 * DAY_MS)
    async with open_store(path, "cloud", clock, KEEP) as store, open_outbox(path) as outbox, open_reader(path) as reader:
        await take_in(store, clock, [batches[start : start + 20] for start in range(0, len(batches), 20)])
        (chain,) = [chain for chain in await outbox.chains() if not chain.own]
        left = await outbox.oldest(chain.number, 1, MUCH)
        lost = (await reader.state()).lost
        assert sum(batch.readings for batch in left) + lost == 500 * 1200
        (gap,) = [gap for gap in await reader.gaps(0, 1 << 60) if gap.kind is GapKind.LOST]
        assert (gap.subject, gap.cause, gap.count) == ("node:gym", "cap", lost)
        assert lost > 0
        assert chain.held.contiguous_upto == chain.held.last


async def take_in(store: SharedStore, clock: FakeClock, parts: list[list[SignedBatch]]) -> None:
    for part in parts:
        await hand_in_all(store, part)
        clock.advance(600)
        while await store.fold():
            pass
