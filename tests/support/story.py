"""What a store on a recorded disk was given and what it promised, and what is left of that after power losses."""

import hashlib
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.sqlite.database import Connect, Database
from backend.store.sqlite.ledger import Ledger
from backend.wire.batch import read_hash, read_header
from tests.support.clock import FakeClock
from tests.support.power import Act, RecordingDisk, images
from tests.support.town import DAY_MS, DEVICE, ENERGY, HOUR_MS, POWER, good, site, town

START_MS = 20_700 * DAY_MS + 40 * 60_000
STEP_S = 40
BATCHES = 400
WHOLE_EVERY = 50
"""One image in so many is opened by the whole product, every one by SQLite with a look at every batch."""
KEEP = Retention(journal_days=0.06)
"""So short that batches are removed while the story is told, and their readings stand in chunks only."""

Fact = tuple[str, int, float]


@dataclass
class Story:
    """What was given, and what of it was promised on the way."""

    record: list[Act]
    given: set[Fact] = field(default_factory=set[Fact])
    promised: list[list[Fact]] = field(default_factory=list[list[Fact]])
    """Readings of every acknowledged batch; batch n was acknowledged as n + 1."""
    firsts: list[int] = field(default_factory=list[int])
    """First sequence number of each of these."""
    refused: int = 0
    """Batches that were not acknowledged."""


class Author:
    """A node's work: commits and folds on a recorded disk."""

    def __init__(self, story: Story, connect: Connect, luck: random.Random, folder: Path) -> None:
        """What is written beside the file, and is no part of the story, comes into the folder."""
        self._story, self._luck, self._folder = story, luck, folder
        self._lives = 0
        self._clock = FakeClock(START_MS)
        self.energy = 0
        self.begin(connect)

    def begin(self, connect: Connect) -> None:
        """Open the store, as a new process does."""
        self._lives += 1
        beside = self._folder / f"life {self._lives}"
        beside.mkdir()
        self.ledger = Ledger(Database(beside / "c.db", connect=connect), "school", self._clock, KEEP)
        self.ledger.open()
        self.ledger.define([site("Asia/Tokyo")], [DEVICE])
        self._numbers = self.ledger.number([POWER, ENERGY])

    def tell(self, disk: RecordingDisk) -> None:
        """Commit one batch, have it acknowledged, and fold a little. Raises ``StorageError`` where it is refused."""
        luck, story = self._luck, self._story
        at_ms = [self._clock.now_ms() + 1000 * j + luck.randrange(500) for j in range(luck.randrange(1, 8))]
        power = [round(luck.uniform(0, 5000), 1) for _ in at_ms]
        self.energy += luck.randrange(100)
        self._clock.advance(STEP_S)
        facts = [*((POWER.key, *fact) for fact in zip(at_ms, power, strict=True)), (ENERGY.key, at_ms[0], float(self.energy))]
        story.given.update(facts)
        parts = [good(self._numbers[POWER.key], at_ms, power), good(self._numbers[ENERGY.key], at_ms[:1], [self.energy])]
        try:
            first = self._commit(Columns.concatenate(parts))
        except StorageError:
            story.refused += 1
            raise
        story.firsts.append(first)
        story.promised.append(facts)
        disk.acknowledge(len(story.promised))
        while luck.random() < 0.7 and self.ledger.fold(0.0005):
            pass

    def _commit(self, rows: Columns) -> int:
        """As ``ServedStore.commit`` does; the batch's first sequence number."""
        ledger = self.ledger
        content = ledger.pack(rows, (), ())
        ledger._ready()
        first = ledger._journal.next
        ledger.commit(rows, content, (), ())
        return first


@dataclass
class Toll:
    """What was found wrong, and the slowest reopening."""

    lost: int = 0
    """Batches, or readings where the whole product looked."""
    bad_images: int = 0
    broken: int = 0
    """Images that are not whole."""
    slowest_s: float = 0.0


async def toll_of(story: Story, count: int, folder: Path, luck: random.Random) -> Toll:
    """Lose power so many times and look at what is left."""
    toll, path = Toll(), folder / "c.db"
    for number, disk in enumerate(images(story.record, count, folder, luck)):
        started = perf_counter()
        if number % WHOLE_EVERY == 0:
            lost, broken = await _whole_look(path, story, disk.acknowledged), False
        else:
            lost, broken = _bare_look(path, story.firsts[: disk.acknowledged])
        toll.lost, toll.broken = toll.lost + lost, toll.broken + broken
        toll.bad_images += bool(lost or broken)
        toll.slowest_s = max(toll.slowest_s, perf_counter() - started)
    return toll


def _bare_look(path: Path, promised: Sequence[int]) -> tuple[int, bool]:
    """Open what is left with SQLite alone: how many promised batches are gone, and whether anything is not whole."""
    if not path.exists():
        return len(promised), False
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            whole = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'batch'").fetchone():
                return len(promised), not whole
            bodies = [body for (body,) in connection.execute("SELECT body FROM batch ORDER BY first")]
            folded = (connection.execute("SELECT value FROM meta WHERE key = 'folded'").fetchone() or (1,))[0]
        except sqlite3.DatabaseError:
            return len(promised), True
    if not (whole and all(map(_is_genuine, bodies)) and _is_chain(bodies)):
        return 0, True
    there = {read_header(body).first for body in bodies}
    return sum(first not in there and first >= folded for first in promised), False


def _is_genuine(body: bytes | None) -> bool:
    return body is not None and hashlib.sha256(body[:-32]).digest() == read_hash(body)


def _is_chain(bodies: Sequence[bytes]) -> bool:
    return all(read_header(after).predecessor == read_hash(before) for before, after in pairwise(bodies))


async def _whole_look(path: Path, story: Story, acknowledged: int) -> int:
    """Open what is left with the product: readings promised and not told, told twice, or never given."""
    promised = {fact for batch in story.promised[:acknowledged] for fact in batch}
    end_ms = START_MS + BATCHES * STEP_S * 1000
    async with town(path, end_ms, retention=KEEP), open_reader(path) as reader:
        found: list[Fact] = []
        for key in (POWER.key, ENERGY.key):
            rows = await reader.raw(key, START_MS - HOUR_MS, end_ms + HOUR_MS)
            found += zip([key] * len(rows), rows.at_ms.tolist(), rows.value.tolist(), strict=True)
    assert not list(path.parent.glob("*damaged*"))
    return len(promised - set(found)) + len(found) - len(set(found)) + len(set(found) - story.given)
