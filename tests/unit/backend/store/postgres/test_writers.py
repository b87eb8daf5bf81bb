"""Several processes write to one database, each under its own name, and one of them folds."""

import asyncpg
import pytest

from backend.model.delivery import StorageError
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointSpec, Unit
from backend.store.contract import Level
from backend.store.postgres import open_store
from backend.store.postgres.database import LAZILY
from backend.store.postgres.ledger import Ledger, StoreTaken
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.wire.batch import FIRST_PREDECESSOR, read_hash, unseal
from tests.support.clock import FakeClock
from tests.support.postgres import end_connections, lose_connection
from tests.support.town import DAY_MS, HOUR_MS, POWER, good, settle_in

START_MS = 20_700 * DAY_MS
OTHER = Point("school/roof", PointSpec("irradiance", Unit.IRRADIANCE))


async def unfolded(address: str) -> int:
    async with open_reader(address) as reader:
        return (await reader.state()).unfolded


async def test_a_name_is_taken_once(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "front", clock):
        with pytest.raises(StoreTaken):
            async with open_store(address, "front", clock):
                pass
    async with open_store(address, "front", clock):
        pass


async def test_one_folds_what_both_write_and_the_other_takes_over(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "b", clock) as second:
        async with open_store(address, "a", clock) as first:
            place = await settle_in(first, clock)
            assert await second.number([POWER]) == {POWER.key: place.power}
            await place.settle()
            for i in range(30):
                await (first if i % 2 else second).commit(good(place.power, [START_MS + i * 1000], [float(i)]))
            clock.advance(3600 + 11)
            assert not await second.fold()
            await place.settle()
            assert await unfolded(address) == 0
            await first.commit(good(place.power, [START_MS + HOUR_MS], [7.0]))
        clock.advance(3600)
        while await second.fold():
            pass
        assert await unfolded(address) == 0
    async with open_reader(address) as reader:
        rows = await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)
        assert rows.value.tolist() == [*(float(i) for i in range(30)), 7.0]
        assert (await reader.rollup(POWER.key, Level.MINUTE, START_MS, START_MS + 60_000)).maximum.tolist() == [29.0]


async def test_numbers_of_points_are_the_same_for_all(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as first, open_store(address, "b", clock) as second:
        place = await settle_in(first, clock)
        number = (await second.number([OTHER]))[OTHER.key]
        assert number not in {place.power, place.energy}
        assert await first.number([OTHER]) == {OTHER.key: number}
        await second.commit(good(number, [START_MS], [3.5]))
        clock.advance(2 * 3600)
        await place.settle()
        async with open_reader(address) as reader:
            assert (await reader.raw(OTHER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [3.5]
            assert (await reader.latest())[OTHER.key].value == 3.5


async def test_each_has_a_chain_of_its_own(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as first, open_store(address, "b", clock) as second:
        place = await settle_in(first, clock)
        for i in range(6):
            await (first if i % 3 else second).commit(good(place.power, [START_MS + i], [float(i)]))
    link = await asyncpg.connect(address)
    rows = await link.fetch("SELECT o.node, b.body FROM batch b JOIN origin o ON o.number = b.origin ORDER BY b.origin, b.first")
    await link.close()
    chains: dict[str, tuple[bytes, int]] = {}
    for node, body in rows:
        before, following = chains.get(node, (FIRST_PREDECESSOR, 1))
        batch = unseal(body, before)
        assert (batch.header.node, batch.header.first) == (node, following)
        chains[node] = (read_hash(body), following + batch.header.span)
    assert {node: following for node, (_, following) in chains.items()} == {"a": 10, "b": 4}


async def test_each_chain_of_a_restored_server_goes_on_in_a_new_epoch(address: str) -> None:
    async with open_store(address, "a", FakeClock(START_MS)), open_store(address, "b", FakeClock(START_MS)):
        pass
    link = await asyncpg.connect(address)
    for restored in (1, 2):
        await link.execute(f"ALTER DATABASE {address.rpartition('/')[2]} SET enemado.restored = '{restored}'")
        for at_ms in (START_MS + 10 * restored, START_MS + 10 * restored + 1):
            async with open_store(address, "a", FakeClock(at_ms)), open_store(address, "b", FakeClock(at_ms)):
                pass
    rows = await link.fetch("SELECT o.node, b.body FROM batch b JOIN origin o ON o.number = b.origin ORDER BY b.origin")
    await link.close()
    assert [node for node, _ in rows] == ["a", "b"] * 3
    batches = [unseal(body, FIRST_PREDECESSOR) for _, body in rows]
    assert [batch.events[0].data["cause"] for batch in batches] == ["new"] * 2 + ["restored"] * 4
    assert len({batch.header.epoch for batch in batches}) == 6


def test_a_batch_that_the_fold_seals_waits_for_the_disk(address: str) -> None:
    ledger = Ledger(address, "a", FakeClock(START_MS), Retention())
    ledger.open()
    with ledger._transaction(LAZILY):
        assert ledger._database.one("SHOW synchronous_commit") == "off"
        ledger._journal.append_events([Event(START_MS, EventKind.DATA_LATE, POWER.key)], START_MS)
        assert ledger._database.one("SHOW synchronous_commit") == "on"
    ledger.close()


async def test_every_batch_is_signed_as_it_was_committed(address: str) -> None:
    class Seal:
        key_id = b"key"

        def sign(self, batch: bytes) -> bytes:
            return b"signed " + read_hash(batch)

    async with open_store(address, "a", FakeClock(START_MS), None, Seal()):
        pass
    link = await asyncpg.connect(address)
    rows = await link.fetch("SELECT body, envelope FROM batch")
    await link.close()
    assert [envelope for _, envelope in rows] == [b"signed " + read_hash(body) for body, _ in rows]
    assert len(rows) == 1


async def test_a_connection_lost_within_a_transaction_is_an_error_once_and_nothing_is_half_kept(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as store, open_reader(address) as reader:
        place = await settle_in(store, clock)
        await place.write(place.power, [START_MS], [1.0])
        told = Event(START_MS, EventKind.DEVICE_LOST, "school/pcs")
        with pytest.raises(StorageError):
            await lose_connection(address, store.commit(good(place.power, [START_MS + 1], [2.0]), [told]))
        await place.write(place.power, [START_MS + 2], [3.0])
        rows = await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)
        assert rows.value.tolist() == [1.0, 3.0]
        assert told not in await reader.events(0, 1 << 60)
        clock.advance(2 * 3600)
        await place.settle()
        assert (await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [1.0, 3.0]


async def test_a_connection_lost_in_between_is_noticed_and_replaced(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as store, open_reader(address) as reader:
        place = await settle_in(store, clock)
        await reader.latest()
        assert await end_connections(address) == 2
        await place.write(place.power, [START_MS], [1.0])
        assert (await reader.latest())[POWER.key].value == 1.0


async def test_who_lost_its_connection_folds_no_more_when_another_does(address: str) -> None:
    clock = FakeClock(START_MS)
    async with open_store(address, "a", clock) as first, open_store(address, "b", clock) as second:
        place = await settle_in(first, clock)
        await place.settle()
        assert await end_connections(address) == 2
        for i in range(5):
            await second.commit(good((await second.number([POWER]))[POWER.key], [START_MS + i], [float(i)]))
        clock.advance(2 * 3600)
        assert await second.fold()
        assert not await first.fold()
        await place.write(place.power, [START_MS + HOUR_MS], [7.0])
        clock.advance(2 * 3600)
        assert not await first.fold()
        while await second.fold():
            pass
        assert await unfolded(address) == 0
