"""A question to the outbox costs the same with ten times as many batches waiting: what SQLite does for it is counted."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from backend.model.spans import Spans
from backend.store.sqlite import open_store
from backend.store.sqlite.source import FileSource
from backend.store.tiers.outbox import Outgoing
from tests.support.clock import FakeClock

EVERY = 50
"""Instructions of SQLite's machine between two counts."""
PARCEL = 64 * 1024


async def waiting(path: Path, batches: int) -> int:
    """A file with so many small batches, every second of them delivered; the last sequence number."""
    async with open_store(path, "school", FakeClock()):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        first = connection.execute("SELECT max(first) + 1 FROM batch").fetchone()[0]
        rows = ((first + 40 * i, 40, 40, i, bytes(380), bytes(92)) for i in range(batches))
        connection.executemany(
            "INSERT INTO batch (first, span, readings, sealed_ms, body, envelope) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
    return first + 40 * batches - 1


def work_of(connection: sqlite3.Connection, question: Callable[[], object]) -> int:
    counts: list[int] = []
    connection.set_progress_handler(lambda: counts.append(1), EVERY)
    question()
    connection.set_progress_handler(None, 0)
    return len(counts)


async def works(path: Path, batches: int) -> list[int]:
    last = await waiting(path, batches)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        outgoing = Outgoing(FileSource(connection))
        outgoing.readings_between(1, Spans.of([(1, last)]))
        questions: list[Callable[[], object]] = [
            outgoing.chains,
            lambda: outgoing.oldest(1, 1, PARCEL),
            lambda: outgoing.oldest(1, last // 2, PARCEL),
            lambda: outgoing.newest(1, 0, PARCEL),
            lambda: outgoing.newest(1, last - 400, PARCEL),
            lambda: outgoing.readings_between(1, Spans.of([(4000, last)])),
            lambda: outgoing.digest(1, last // 2, last // 2 + 4000),
        ]
        return [work_of(connection, question) for question in questions]


async def test_what_waits_further_back_costs_nothing(tmp_path: Path) -> None:
    few, many = await works(tmp_path / "few.db", 3000), await works(tmp_path / "many.db", 30_000)
    assert many == [pytest.approx(count, abs=3, rel=0.05) for count in few]
    assert max(many) < 20_000 / EVERY
