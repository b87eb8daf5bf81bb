"""Batches of children in a parent's store: whatever order they come in, every answer is the child's own."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.model.chain import Chain
from backend.model.event import Event, EventKind
from backend.model.quality import Flag
from backend.model.spans import Spans
from backend.store.contract import SharedStore
from backend.store.exchange import Verdict
from backend.store.reader import open_reader
from backend.store.tiers.meta import Meta
from backend.wire.batch import unseal
from backend.wire.parcel import SignedBatch
from tests.contract.store.shops import Shop
from tests.support.clock import FakeClock
from tests.support.family import START_MS, answers, batches_of, chain_of, hand_in, hand_in_all, house
from tests.support.town import HOUR_MS

END_MS = START_MS + 5 * HOUR_MS


@asynccontextmanager
async def parent(shop: Shop, clock: FakeClock | None = None) -> AsyncGenerator[SharedStore]:
    async with shop.open("cloud", clock or FakeClock(END_MS)) as store:
        yield store


async def fold(store: SharedStore) -> None:
    while await store.fold():
        pass


def events_in(batches: list[SignedBatch]) -> list[Event]:
    return [event for signed in batches for event in unseal(signed.body).events]


async def expect_all_held(store: SharedStore, batches: list[SignedBatch]) -> None:
    """Both chains of the child, from 1 to their ends."""
    ends = {chain_of(signed): unseal(signed.body).last for signed in batches}
    assert await store.held([*ends, Chain("nobody", bytes(16))]) == {chain: Spans.of([(1, end)]) for chain, end in ends.items()}
    assert len(ends) == 2


async def told_by(path: Path, node: str) -> dict[str, object]:
    async with open_reader(path) as reader:
        return await answers(reader, node, "node")


async def told_at(shop: Shop, node: str) -> dict[str, object]:
    async with shop.reader() as reader:
        return await answers(reader, node, f"node:{node}")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A child that has lived five hours; a device was taken out meanwhile, and its store was brought back from a backup."""
    path = tmp_path_factory.mktemp("school") / "c.db"

    async def live() -> None:
        async with house(path, "school") as place:
            await place.live(0, 3)
            await place.store.define([place.site], place.devices[:1])
            await place.live(3, 1)
        with sqlite3.connect(path) as connection:
            connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (Meta.RESTORED, START_MS + 4 * HOUR_MS))
        connection.close()
        async with house(path, "school", START_MS + 4 * HOUR_MS) as place:
            await place.store.define([place.site], place.devices[:1])
            await place.change()
            await place.live(4, 1, 4)

    asyncio.run(live())
    return path


async def test_every_answer_is_the_childs_own(shop: Shop, school: Path) -> None:
    batches, own = await batches_of(school, "school"), await told_by(school, "school")
    assert own["energy"]
    clock = FakeClock(END_MS)
    async with parent(shop, clock) as store, shop.reader() as reader:
        assert await hand_in(store, batches, 7) == [Verdict.KEPT] * len(batches)
        assert await answers(reader, "school", "node:school") == own
        assert store.unfolded == (await reader.state()).unfolded > 0
        clock.advance(3 * 86400)
        await fold(store)
        assert store.unfolded == (await reader.state()).unfolded == 0
        assert await answers(reader, "school", "node:school") == own
        assert await told_at(shop, "school") == own
        assert (await reader.state()).lost == 3 * sum(event.kind is EventKind.DATA_LOST for event in events_in(batches)) > 0
    async with parent(shop, clock) as store:
        assert await told_at(shop, "school") == own
        assert await hand_in(store, batches, 7) == [Verdict.KNOWN] * len(batches)
        await expect_all_held(store, batches)
    assert await told_at(shop, "school") == own


async def test_readings_from_the_future_are_kept_and_flagged_by_the_time_of_their_arrival(shop: Shop, school: Path) -> None:
    """Also after a restart and once folded; the bytes stay what they were."""
    batches = await batches_of(school, "school")
    arrived_ms = START_MS + 2 * HOUR_MS
    clock = FakeClock(arrived_ms)

    async def flagged_rightly() -> bool:
        async with shop.reader() as reader:
            points = [point.key for point in await reader.points()]
            rows = [await reader.raw(key, 0, END_MS + HOUR_MS) for key in points]
        suspect = [bool(flags & Flag.CLOCK_SUSPECT) for each in rows for flags in each.flags.tolist()]
        return suspect == [at_ms > arrived_ms + 300_000 for each in rows for at_ms in each.at_ms.tolist()] and any(suspect)

    async with parent(shop, clock) as store:
        assert await hand_in(store, batches, 7) == [Verdict.KEPT] * len(batches)
        assert await flagged_rightly()
        assert not unseal(batches[-1].body).readings.flags.any()
    clock.advance(3 * 86400)
    async with parent(shop, clock) as store:
        assert await flagged_rightly()
        await fold(store)
        assert await flagged_rightly()


async def test_a_reader_that_follows_sees_what_a_fresh_one_sees(shop: Shop, school: Path) -> None:
    batches = await batches_of(school, "school")
    Random(5).shuffle(batches)
    async with parent(shop) as store, shop.reader() as reader:
        for start in range(0, len(batches), 9):
            await hand_in(store, batches[start : start + 9])
            if start % 3 == 0:
                await store.fold()
            assert await answers(reader, "school", "node:school") == await told_at(shop, "school")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), size=st.integers(1, 60), repeats=st.integers(0, 40), reopened=st.booleans())
async def test_any_order_and_any_repeats_give_the_same_answers(
    shop: Shop, school: Path, seed: int, size: int, repeats: int, reopened: bool
) -> None:
    random, place = Random(seed), shop.another()
    batches, own = await batches_of(school, "school"), await told_by(school, "school")
    sent = batches + random.choices(batches, k=repeats)
    random.shuffle(sent)
    clock = FakeClock(END_MS)
    middle = random.randrange(len(sent))
    async with parent(place, clock) as store:
        await hand_in(store, sent[:middle], size)
        if not reopened:
            await hand_in_all(store, sent, size)
    if reopened:
        async with parent(place, clock) as store:
            await hand_in_all(store, sent, size)
    assert await told_at(place, "school") == own
    async with parent(place, clock) as store:
        clock.advance(3 * 86400)
        await fold(store)
        await expect_all_held(store, batches)
    assert await told_at(place, "school") == own
