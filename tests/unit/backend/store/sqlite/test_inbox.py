"""Receiving in a file that fails: whichever statement it is, nothing is left behind and the next attempt keeps everything."""

import sqlite3
from pathlib import Path
from typing import Any

from backend.model.delivery import StorageError
from backend.store.exchange import Verdict
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from tests.contract.store.shops import SqliteShop
from tests.support.clock import FakeClock
from tests.support.family import START_MS, altered, answers, batches_of, hand_in, house, incoming
from tests.support.town import HOUR_MS


class Failing(sqlite3.Connection):
    """Refuses one statement, counted from when ``left`` was set."""

    left = 0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        Failing.left -= 1
        if Failing.left == 0:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        Failing.left -= 1
        if Failing.left == 0:
            raise sqlite3.OperationalError("disk I/O error")
        return super().executemany(sql, *values)


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0, factory=Failing)


async def test_a_failure_anywhere_leaves_nothing_and_is_made_good(tmp_path: Path) -> None:
    async with house(tmp_path / "child.db", "school") as child:
        await child.live(0, 1)
    batches = await batches_of(tmp_path / "child.db", "school")
    async with open_reader(tmp_path / "child.db") as reader:
        own = await answers(reader, "school", "node")
    (tmp_path / "parent").mkdir()
    shop, failures = SqliteShop(tmp_path / "parent"), 0
    database = Database(tmp_path / "parent" / "c.db", connect=connect)
    store = ServedStore(Ledger(database, "cloud", FakeClock(START_MS + HOUR_MS), Retention()))
    await store.open()
    try:
        half = len(batches) // 2
        for part in (batches[:half], batches[half:]):
            failed_at = 0
            while True:
                failed_at += 1
                before = await shop.rows()
                Failing.left = failed_at
                try:
                    verdicts = await hand_in(store, part)
                except StorageError:
                    failures += 1
                    assert await shop.rows() == before
                    continue
                break
            assert verdicts == [Verdict.KEPT] * len(part)
    finally:
        await store.close()
    assert failures > 40
    async with shop.reader() as reader:
        assert await answers(reader, "school", "node:school") == own


async def test_numbers_of_arrivals_are_not_given_again(tmp_path: Path) -> None:
    """Else what comes after retention has taken everything would seem to be folded."""
    async with house(tmp_path / "child.db", "school") as child:
        await child.live(0, 1)
    arriving = [incoming(signed) for signed in await batches_of(tmp_path / "child.db", "school")]
    database, clock = Database(tmp_path / "c.db"), FakeClock(START_MS + HOUR_MS)
    ledger = Ledger(database, "cloud", clock, Retention())
    ledger.open()
    ledger.receive(arriving)
    clock.advance(7200)
    while ledger.fold(1.0):
        pass
    database.execute("DELETE FROM received")
    ledger.close()
    ledger = Ledger(database, "cloud", clock, Retention())
    ledger.open()
    last = next(each for each in reversed(arriving) if len(each.batch.readings))
    following = altered(last.signed, first=arriving[-1].batch.last + 1, predecessor=arriving[-1].batch.hash)
    assert ledger.receive([incoming(following)]) == [Verdict.KEPT]
    assert ledger.unfolded == last.batch.header.readings
    ledger.close()
    async with open_reader(tmp_path / "c.db") as reader:
        assert (await reader.state()).unfolded == last.batch.header.readings
