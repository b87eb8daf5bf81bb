"""Several front ends that receive at once, and a server that goes away while they do."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from backend.model.delivery import StorageError
from backend.store.contract import SharedStore
from backend.store.exchange import Verdict
from backend.store.postgres import ledger, open_store
from backend.store.postgres.connection import FetchedRows
from backend.store.postgres.database import Database
from backend.store.postgres.ledger import Ledger
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.wire.parcel import SignedBatch
from tests.support.clock import FakeClock
from tests.support.family import START_MS, answers, batches_of, hand_in, house
from tests.support.postgres import lose_connection
from tests.support.town import HOUR_MS

END_MS = START_MS + 2 * HOUR_MS


async def child(path: Path) -> tuple[list[SignedBatch], dict[str, object]]:
    """Batches and answers of a child that lived two hours."""
    async with house(path, "school") as place:
        await place.live(0, 2)
    async with open_reader(path) as reader:
        return await batches_of(path, "school"), await answers(reader, "school", "node")


async def send(store: SharedStore, batches: list[SignedBatch], kept: list[SignedBatch]) -> None:
    """Piece by piece, again where definitions had not come yet; tells which ones were kept here."""
    waiting = list(batches)
    while waiting:
        part, waiting = waiting[:5], waiting[5:]
        for signed, verdict in zip(part, await hand_in(store, part), strict=True):
            assert verdict in (Verdict.KEPT, Verdict.KNOWN, Verdict.UNDEFINED)
            if verdict is Verdict.KEPT:
                kept.append(signed)
            elif verdict is Verdict.UNDEFINED:
                waiting.append(signed)


async def fold(store: SharedStore) -> None:
    while await store.fold():
        pass


async def test_each_batch_is_kept_by_one_of_them(address: str, tmp_path: Path) -> None:
    batches, own = await child(tmp_path / "c.db")
    clock, kept = FakeClock(END_MS), list[SignedBatch]()
    async with open_store(address, "a", clock) as one, open_store(address, "b", clock) as other:
        async with asyncio.TaskGroup() as tasks:
            for number, store in enumerate((one, other)):
                order = Random(number).sample(batches, len(batches))
                tasks.create_task(send(store, order, kept), name=f"sender {number}")
        assert sorted(signed.body for signed in kept) == sorted(signed.body for signed in batches)
        async with open_reader(address) as reader:
            assert await answers(reader, "school", "node:school") == own
            clock.advance(3 * 3600)
            await fold(one)
            await fold(other)
            assert (await reader.state()).unfolded == 0
            assert one.unfolded == 0
            assert await answers(reader, "school", "node:school") == own


async def test_readings_alone_are_kept_by_one_of_them_too(address: str, tmp_path: Path) -> None:
    async with house(tmp_path / "c.db", "school") as place:
        for minute in range(400):
            await place.write(place.power, [minute], [1.0])
    batches, kept = await batches_of(tmp_path / "c.db", "school"), list[SignedBatch]()
    clock = FakeClock(END_MS)
    async with open_store(address, "a", clock) as one, open_store(address, "b", clock) as other:
        await hand_in(one, batches[:5])
        async with asyncio.TaskGroup() as tasks:
            for number, store in enumerate((one, other)):
                tasks.create_task(send(store, batches[5:], kept), name=f"sender {number}")
    assert sorted(signed.body for signed in kept) == sorted(signed.body for signed in batches[5:])


class Failing(Database):
    """Loses its connection instead of doing one statement, counted from when ``left`` was set."""

    left = 0

    def execute(self, sql: str, values: tuple[Any, ...] = (), /) -> FetchedRows:
        self.left -= 1
        if self.left == 0:
            self.drop()
            raise StorageError("lost")
        return super().execute(sql, values)


async def test_a_failure_anywhere_leaves_nothing_and_is_made_good(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches, own = await child(tmp_path / "c.db")
    database, failures = Failing(address), 0
    monkeypatch.setattr(ledger, "Database", lambda _: database)
    store = ServedStore(Ledger(address, "a", FakeClock(END_MS), Retention()))
    await store.open()
    for start in range(0, len(batches), 20):
        part, failed_at, verdicts = batches[start : start + 20], 0, list[Verdict]()
        while not verdicts:
            failed_at += 1
            database.left = failed_at
            try:
                verdicts = await hand_in(store, part)
            except StorageError:
                failures += 1
        assert verdicts == [Verdict.KEPT] * len(part)
    await store.close()
    assert failures > 40
    async with open_reader(address) as reader:
        assert await answers(reader, "school", "node:school") == own


@pytest.mark.parametrize("folds", [False, True])
async def test_after_a_lost_connection_it_is_sent_again(address: str, tmp_path: Path, folds: bool) -> None:
    batches, own = await child(tmp_path / "c.db")
    clock = FakeClock(END_MS)
    async with open_store(address, "a", clock) as store:
        for start in range(0, len(batches), 9):
            part = batches[start : start + 9]
            if folds:
                await store.fold()
            with pytest.raises(StorageError):
                await lose_connection(address, hand_in(store, part))
            assert await hand_in(store, part) == [Verdict.KEPT] * len(part)
            assert await hand_in(store, part) == [Verdict.KNOWN] * len(part)
        async with open_reader(address) as reader:
            assert await answers(reader, "school", "node:school") == own
            clock.advance(3 * 3600)
            await fold(store)
            assert await answers(reader, "school", "node:school") == own
