"""What a store gives to whoever sends it on: the very bytes, in both orders, and what the parent has of them."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest

from backend.model.chain import Chain
from backend.model.delivery import StorageError
from backend.model.event import EventKind
from backend.model.spans import Spans
from backend.store.exchange import KeptBatch
from backend.wire.batch import FIRST_PREDECESSOR, read_hash, read_header, unseal
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, ENERGY, POWER

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


async def test_a_renewed_epoch_is_a_new_chain_and_the_old_one_waits_on(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.outbox() as outbox, shop.reader() as reader:
        await place.write(place.power, [START_MS], [1.0])
        (old,) = await outbox.chains()
        before = await outbox.oldest(old.number, 1, MUCH)
        await place.store.renew_epoch("restored")
        await place.write(place.power, [START_MS + 1], [2.0])
        new, ended = await outbox.chains()
        assert (ended, await outbox.oldest(old.number, 1, MUCH)) == (old, before)
        assert await outbox.newest(old.number, 0, MUCH) == list(reversed(before))
        assert (new.own, new.chain.node) == (True, "school")
        assert new.chain.epoch != old.chain.epoch
        after = await outbox.oldest(new.number, 1, MUCH)
        assert list(await outbox.newest(new.number, 0, MUCH)) == list(reversed(after))
        for batch, former in zip(after, former_hashes(after), strict=True):
            assert unseal(batch.signed.body, former).chain == new.chain
        assert new.held.contiguous_upto == after[-1].last
        assert await outbox.readings_between(new.number, new.held) == 1
        assert await outbox.readings_between(old.number, old.held) == 1
        said = [unseal(batch.signed.body).definitions for batch in await outbox.defining(new.number)]
        assert {numbered.point for each in said for numbered in each.points} == {POWER, ENERGY}
        assert {document.kind for each in said for document in each.documents} == {"site", "device"}
        newest = (await reader.events(0, 1 << 60, "node"))[0]
        assert (newest.kind, newest.data["cause"]) == (EventKind.EPOCH_STARTED, "restored")
        assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == 2
    async with town(shop, START_MS + 10), shop.outbox() as outbox:
        assert [state.chain for state in await outbox.chains()] == [new.chain, old.chain]


def former_hashes(batches: Sequence[KeptBatch]) -> list[bytes]:
    return [FIRST_PREDECESSOR, *(read_hash(batch.signed.body) for batch in batches[:-1])]


async def test_there_is_no_outbox_without_a_store(shop: Shop) -> None:
    with pytest.raises(StorageError):
        async with shop.outbox():
            pass
