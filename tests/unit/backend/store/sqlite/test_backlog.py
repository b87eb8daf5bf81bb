"""A backlog that was never folded: memory is bounded, and every reading is told and folded all the same."""

from pathlib import Path

import numpy as np
import pytest

from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.sqlite import tail, unfolded
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, DEVICE, POWER, good, site

START_MS = 20_700 * DAY_MS
BATCHES = 60
READINGS = 50


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfolded, "IN_MEMORY", 400)
    monkeypatch.setattr(tail, "IN_MEMORY", 700)


def at_ms(number: int) -> list[int]:
    return [START_MS + (number * READINGS + part) * 1000 for part in range(READINGS)]


def opened(path: Path, clock: FakeClock) -> tuple[Ledger, int]:
    ledger = Ledger(Database(path), "school", clock, Retention())
    ledger.open()
    ledger.define([site("Asia/Tokyo")], [DEVICE])
    return ledger, ledger.number([POWER])[POWER.key]


def write(ledger: Ledger, point: int, numbers: range) -> None:
    for number in numbers:
        rows = good(point, at_ms(number), [float(number)] * READINGS)
        ledger.commit(rows, ledger.pack(rows, (), ()), (), ())


async def test_a_backlog_is_read_as_it_is_folded(tmp_path: Path) -> None:
    path, clock = tmp_path / "c.db", FakeClock(START_MS)
    ledger, point = opened(path, clock)
    write(ledger, point, range(BATCHES))
    assert ledger.unfolded == BATCHES * READINGS
    assert sum(len(part.readings) for part in ledger._journal.tail) <= 3 * 400 + READINGS
    ledger.close()
    ledger, point = opened(path, clock)
    assert ledger.unfolded == BATCHES * READINGS
    assert sum(len(part.readings) for part in ledger._journal.tail) <= 400 + READINGS
    write(ledger, point, range(BATCHES, BATCHES + 5))
    async with open_reader(path) as reader:
        everything = [moment for number in range(BATCHES + 5) for moment in at_ms(number)]
        assert (await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)).at_ms.tolist() == everything
        assert (await reader.latest())[POWER.key].value == BATCHES + 4
        clock.advance(2 * 3600)
        while ledger.fold(0.002):
            told = (await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)).at_ms
            assert np.array_equal(told, everything)
    assert ledger.unfolded == 0
    ledger.close()


async def test_a_batch_that_is_larger_than_memory_is_folded(tmp_path: Path) -> None:
    path, clock = tmp_path / "c.db", FakeClock(START_MS)
    ledger, point = opened(path, clock)
    for start in (0, 2000):
        rows = good(point, [START_MS + start + number for number in range(2000)], [1.0] * 2000)
        ledger.commit(rows, ledger.pack(rows, (), ()), (), ())
    write(ledger, point, range(1))
    clock.advance(2 * 3600)
    while ledger.fold(0.002):
        pass
    assert ledger.unfolded == 0
    ledger.close()
