"""What a store may forget of its journal: with a parent, nothing that the parent does not have."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.model.spans import Spans
from backend.store.exchange import ChainState, KeptBatch, Outbox
from backend.store.retention import Retention
from backend.wire.batch import read_header
from tests.contract.store.shops import Shop, town
from tests.support.clock import FakeClock
from tests.support.family import START_MS as CHILD_START_MS
from tests.support.family import batches_of, hand_in, house
from tests.support.town import DAY_MS, HOUR_MS, Town

START_MS = 20_700 * DAY_MS + 12 * HOUR_MS
KEEP = Retention(has_parent=True)
MUCH = 1 << 24
DAYS = 10


async def live(place: Town, first_day: int, last_day: int) -> None:
    """Three batches at noon of each day, and time for the fold."""
    for day in range(first_day, last_day + 1):
        for hour in range(0, 24, 6):
            await place.at(START_MS + day * DAY_MS + hour * HOUR_MS)
            if not hour:
                for i in range(3):
                    await place.write(place.power, [START_MS + day * DAY_MS + i], [1.0])


async def kept(outbox: Outbox, number: int) -> list[KeptBatch]:
    return list(await outbox.oldest(number, 1, MUCH))


def day_of(batch: KeptBatch) -> int:
    return (read_header(batch.signed.body).sealed_ms - START_MS) // DAY_MS


def spans_of(batches: Sequence[KeptBatch]) -> Spans:
    return Spans.of((batch.first, batch.last) for batch in batches)


async def test_without_a_parent_folded_batches_go_after_seven_days(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        await live(place, 0, DAYS)
        days = {day_of(batch) for batch in await kept(outbox, (await outbox.chains())[0].number)}
        assert {0, 1} & days == set()
        assert set(range(DAYS - 6, DAYS + 1)) <= days


async def test_nothing_goes_before_the_parent_has_it(shop: Shop) -> None:
    async with town(shop, START_MS, retention=KEEP) as place, shop.outbox() as outbox:
        number = (await outbox.chains())[0].number
        await live(place, 0, DAYS)
        everything = await kept(outbox, number)
        assert {day_of(batch) for batch in everything} == set(range(DAYS + 1))
        withheld = [batch for batch in everything if day_of(batch) == 2 and batch.readings][1]
        delivered = [batch for batch in everything if day_of(batch) < DAYS - 2 and batch is not withheld]
        await place.store.deliver(number, spans_of(delivered))
        await live(place, DAYS + 1, DAYS + 1)
        left = await kept(outbox, number)
        assert withheld in left
        assert [batch for batch in left if day_of(batch) in (0, 1)] == []
        assert [batch for batch in everything if batch not in delivered and batch not in left] == []
        assert {day_of(batch) for batch in left} >= set(range(DAYS - 5, DAYS + 2))
        assert await outbox.readings_between(number, Spans.of([(1, 1 << 52)]) - spans_of(delivered)) == sum(
            batch.readings for batch in left if batch not in delivered
        )
        await place.store.deliver(number, Spans.of([(1, everything[-1].last)]))
        await live(place, DAYS + 2, DAYS + 8)
        assert [batch for batch in await kept(outbox, number) if batch in everything] == []


async def test_a_parent_that_lost_something_is_sent_it_again_and_it_stays_until_then(shop: Shop) -> None:
    async with town(shop, START_MS, retention=KEEP) as place, shop.outbox() as outbox:
        number = (await outbox.chains())[0].number
        await live(place, 0, 3)
        everything = await kept(outbox, number)
        await place.store.deliver(number, spans_of(everything))
        await live(place, 4, 4)
        await place.store.deliver(number, spans_of(everything[:4]))
        await live(place, 5, 12)
        assert [batch for batch in everything[4:] if batch not in await kept(outbox, number)] == []


@pytest.mark.parametrize("keep", [KEEP, Retention()], ids=["parent", "no parent"])
async def test_children_too(shop: Shop, keep: Retention, tmp_path: Path) -> None:
    async with house(tmp_path / "child.db", "gym") as child:
        await child.live(0, 3)
    batches = await batches_of(tmp_path / "child.db", "gym")
    clock = FakeClock(CHILD_START_MS + 4 * HOUR_MS)

    async with shop.open("cloud", clock, keep) as store, shop.outbox() as outbox:
        await hand_in(store, batches)

        async def pass_days(days: int) -> None:
            for _ in range(days * 4):
                clock.advance(6 * 3600)
                while await store.fold():
                    pass

        async def of_child() -> ChainState:
            (chain,) = [chain for chain in await outbox.chains() if not chain.own]
            return chain

        chain = await of_child()
        assert chain.chain.node == "gym"
        assert [batch.signed.body for batch in await kept(outbox, chain.number)] == [signed.body for signed in batches]
        defining = await outbox.defining(chain.number)
        await pass_days(9)
        if keep.has_parent:
            assert len(await kept(outbox, chain.number)) == len(batches)
            for each in await outbox.chains():
                await store.deliver(each.number, each.held)
            await pass_days(1)
        assert await kept(outbox, chain.number) == []
        assert await outbox.defining(chain.number) == defining != []
        assert (await of_child()).held == chain.held
