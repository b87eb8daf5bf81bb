"""What a store gives to whoever sends it on: the very bytes, in both orders, and what the parent has of them."""

import hashlib
from itertools import pairwise
from random import Random

import pytest

from backend.model.chain import Chain
from backend.model.delivery import StorageError
from backend.model.spans import Spans
from backend.wire.batch import read_hash, read_header
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS

START_MS = 20_700 * DAY_MS
MUCH = 1 << 20


async def test_batches_go_out_as_they_were_committed_in_both_orders(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        for i in range(40):
            await place.write(place.power, [START_MS + i * 10 + j for j in range(i % 4)], [1.0] * (i % 4))
        bodies = await shop.batches()
        (own,) = await outbox.chains()
        kept = await outbox.oldest(own.number, 1, MUCH)
        assert [batch.signed.body for batch in kept] == bodies
        headers = [read_header(body) for body in bodies]
        assert [(b.first, b.span, b.readings) for b in kept] == [(h.first, h.span, h.readings) for h in headers]
        assert (own.own, own.chain) == (True, Chain("school", headers[0].epoch))
        assert (own.held, own.delivered) == (Spans.of([(1, kept[-1].last)]), Spans())
        assert list(await outbox.newest(own.number, 0, MUCH)) == list(reversed(kept))
        middle = kept[20].first
        assert await outbox.oldest(own.number, middle, MUCH) == kept[20:]
        assert await outbox.oldest(own.number, middle + 1, MUCH) == kept[21:]
        assert await outbox.newest(own.number, middle, MUCH) == list(reversed(kept[21:]))
        assert await outbox.oldest(own.number, kept[-1].last + 1, MUCH) == []
        assert await outbox.oldest(own.number + 7, 1, MUCH) == []
        assert await outbox.defining(own.number + 7) == []


async def test_as_many_as_fit_and_at_least_one(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        for i in range(30):
            await place.write(place.power, [START_MS + i * 10 + j for j in range(i)], [float(j) for j in range(i)])
        number = (await outbox.chains())[0].number
        everything = await outbox.oldest(number, 1, MUCH)
        for order, ask in ((everything, outbox.oldest), (list(reversed(everything)), outbox.newest)):
            sizes = [len(batch.signed.body) + len(batch.signed.envelope) for batch in order]
            start = 1 if ask is outbox.oldest else 0
            assert await ask(number, start, 1) == order[:1]
            for count in (1, 2, 7, 20):
                assert await ask(number, start, sum(sizes[:count])) == order[:count]
                assert await ask(number, start, sum(sizes[: count + 1]) - 1) == order[:count]


async def test_readings_of_spans_are_counted_whatever_was_asked_before(shop: Shop) -> None:
    random = Random(3)
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        number, kept = (await outbox.chains())[0].number, []
        for _ in range(12):
            for _ in range(5):
                count = random.randrange(5)
                await place.write(place.power, [START_MS + random.randrange(10**6) for _ in range(count)], [1.0] * count)
            kept = await outbox.oldest(number, 1, MUCH)
            chosen = [batch for batch in kept if random.random() < 0.5]
            spans = Spans.of((batch.first, batch.last) for batch in chosen)
            assert await outbox.readings_between(number, spans) == sum(batch.readings for batch in chosen)
        assert await outbox.readings_between(number, Spans.of([(1, 1 << 52)])) == sum(batch.readings for batch in kept)
        await place.write(place.power, [1, 2], [1.0, 1.0])
        assert await outbox.readings_between(number, Spans.of([(1, 1 << 52)])) == sum(batch.readings for batch in kept) + 2


async def test_a_digest_tells_batches_readings_and_hashes_of_a_span(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        for i in range(20):
            await place.write(place.power, [START_MS + i], [1.0])
        number = (await outbox.chains())[0].number
        kept = await outbox.oldest(number, 1, MUCH)
        chosen = kept[5:15]
        expected = hashlib.sha256(b"".join(read_hash(batch.signed.body) for batch in chosen)).digest()
        told = await outbox.digest(number, chosen[0].first, chosen[-1].last)
        assert told == (10, sum(batch.readings for batch in chosen), expected)
        others = {await outbox.digest(number, one.first, other.first) for one, other in pairwise(kept)}
        assert len(others) == len(kept) - 1
        assert await outbox.digest(number, 1 << 50, 1 << 52) == (0, 0, hashlib.sha256().digest())


async def test_what_the_parent_has_is_remembered_in_place_of_what_it_had(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox:
        number = (await outbox.chains())[0].number
        for i in range(20):
            await place.write(place.power, [START_MS + i], [1.0])
        for parts in ([(1, 4)], [(1, 9), (12, 14)], [(1, 4), (8, 9)], []):
            place.clock.advance(60)
            await place.store.deliver(number, Spans.of(parts))
            assert (await outbox.chains())[0].delivered == Spans.of(parts)
        await place.store.deliver(number, Spans.of([(1, 12)]))
        place.clock.advance(60)
        await place.store.fold()
        assert (await outbox.chains())[0].delivered == Spans.of([(1, 12)])
        await place.store.deliver(number, Spans.of([(1, 16)]))
    async with shop.outbox() as outbox:
        assert (await outbox.chains())[0].delivered == Spans.of([(1, 16)])


async def test_there_is_no_outbox_without_a_store(shop: Shop) -> None:
    with pytest.raises(StorageError):
        async with shop.outbox():
            pass
