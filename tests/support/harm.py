"""A cache with a few days in it, ways to harm it, and what is told of it afterwards."""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from backend.model.delivery import StoreDamaged
from backend.model.event import Event, EventKind
from backend.store.contract import Reader
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.sqlite.salvage.kinds import row_of
from backend.store.sqlite.salvage.pages import Pages, _View
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER, Town, town

START_MS = 20_700 * DAY_MS
DAYS = 5
STEP_MS = 10_000
BATCH_MS = 300_000
KEEP = Retention(journal_days=1.5)
PAGE = 4096
SUFFIXES = ("", "-wal", ".mark")
Fact = tuple[str, int, float]


@dataclass
class Past:
    """What was written and acknowledged, and the files of it: at the end, and once before."""

    folder: Path
    old: Path
    facts: set[Fact] = field(default_factory=set[Fact])
    end_ms: int = 0

    def copy(self, to: Path, *, old: bool = False) -> Path:
        """The cache in another folder, as a process left it that was killed."""
        for suffix in SUFFIXES:
            source = (self.old if old else self.folder) / f"c.db{suffix}"
            if source.exists():
                shutil.copy(source, to / source.name)
        return to / "c.db"


async def make_past(folder: Path, seed: int, node_days: int = DAYS) -> Past:
    """Days of two points, folded as they went; the last minutes are in the journal only, and some of it in the log only."""
    past = Past(folder / "now", folder / "old")
    live = folder / "live"
    for place in (past.folder, past.old, live):
        place.mkdir(parents=True)
    random_ = np.random.default_rng(seed)
    async with town(live / "c.db", START_MS, retention=KEEP) as place:
        energy, end_ms = 0.0, START_MS + node_days * DAY_MS + 30 * 60_000
        for number, start_ms in enumerate(range(START_MS, end_ms, BATCH_MS)):
            at_ms = np.arange(start_ms, start_ms + BATCH_MS, STEP_MS)
            power = np.round(random_.normal(3000, 500, len(at_ms)), 1)
            register = energy + np.cumsum(random_.integers(0, 9, len(at_ms))).astype(np.float64)
            energy = float(register[-1])
            place.clock.advance((start_ms + BATCH_MS - place.clock.now_ms()) / 1000)
            await place.write(place.power, at_ms.tolist(), power.tolist())
            await place.write(place.energy, at_ms.tolist(), register.tolist())
            past.facts.update(zip([POWER.key] * len(at_ms), at_ms.tolist(), power.tolist(), strict=True))
            past.facts.update(zip([ENERGY.key] * len(at_ms), at_ms.tolist(), register.tolist(), strict=True))
            await place.settle()
            if number == DAY_MS // BATCH_MS:
                _snapshot(live, past.old)
        past.end_ms = place.clock.now_ms()
        _snapshot(live, past.folder)
    return past


def _snapshot(live: Path, to: Path) -> None:
    for suffix in SUFFIXES:
        shutil.copy(live / f"c.db{suffix}", to / f"c.db{suffix}")


def flip(path: Path, place: int, bit: int) -> None:
    """One bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def readings_on(path: Path, page: int) -> set[tuple[str, int]]:
    """Point and hour of the chunks that lie on a page of the file."""
    found: set[tuple[str, int]] = set()
    with Pages(path) as pages:
        view = _View(pages._in_file, path.stat().st_size // PAGE, PAGE)
        content = view.page(page) or b""
        start = 100 if page == 1 else 0
        if content[start : start + 1] == b"\x0d":
            for record in pages._of_page(view, content, start):
                row = row_of(record)
                if row is not None and row.table == "chunk":
                    key = POWER.key if record.rowid & LARGEST_POINT == 1 else ENERGY.key
                    found.add((key, record.rowid >> POINT_BITS))
    return found


def without_log(path: Path) -> None:
    """Bring a cache's log into the file, as a node does that ends in peace."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def places_of_payload(path: Path, luck: random.Random) -> list[tuple[str, int]]:
    """Where the bytes of some batches, chunks, fragments and roll-ups lie in a file without a log: table and offset."""
    data, found = path.read_bytes(), list[tuple[str, int]]()
    with closing(sqlite3.connect(path)) as connection:
        for table in ("batch", "chunk", "fragment", "minute", "quarter", "hour"):
            bodies = [body for (body,) in connection.execute(f"SELECT body FROM {table}")]
            for body in luck.sample(bodies, min(5, len(bodies))):
                cut = luck.randrange(max(1, len(body) - 12))
                piece = body[cut : cut + 12]
                if data.count(piece) == 1:
                    found.append((table, data.index(piece) + luck.randrange(len(piece))))
    return found


@dataclass
class Findings:
    """What a reader is told of a store that was harmed."""

    facts: list[Fact]
    events: Sequence[Event]

    def unexplained(self, past: Past) -> int:
        """Readings that were acknowledged, are not told, and lie in no range that is told as lost."""
        lost = [event for event in self.events if event.kind is EventKind.DATA_LOST]
        ranges = [(event.subject, int(event.data["from_ms"] or 0), int(event.data["to_ms"] or 0)) for event in lost]
        gone = past.facts - set(self.facts)
        return sum(
            not any(subject in ("node", key) and low <= at_ms <= high for subject, low, high in ranges) for key, at_ms, _ in gone
        )

    def untrue(self, past: Past) -> int:
        """Readings that nobody gave, or that are told twice."""
        return len(set(self.facts) - past.facts) + len(self.facts) - len(set(self.facts))

    @property
    def causes(self) -> list[str]:
        """Why new epochs began."""
        return [str(event.data["cause"]) for event in self.events if event.kind is EventKind.EPOCH_STARTED]


async def look(reader: Reader, end_ms: int) -> Findings:
    """Everything that is told."""
    facts: list[Fact] = []
    for key in (POWER.key, ENERGY.key):
        rows = await reader.raw(key, START_MS - HOUR_MS, end_ms + HOUR_MS)
        facts += zip([key] * len(rows), rows.at_ms.tolist(), rows.value.tolist(), strict=True)
    return Findings(facts, await reader.events(0, 1 << 60, limit=100_000))


async def recover(path: Path, past: Past) -> Findings:
    """Open the store, again where it finds damage on the way, until a whole round of looking found nothing; then read."""
    while True:
        try:
            async with town(path, past.end_ms, retention=KEEP) as place, open_reader(path) as reader:
                await _whole_round(place)
                return await look(reader, past.end_ms)
        except StoreDamaged:
            continue


async def _whole_round(place: Town) -> None:
    ledger = place.store._ledger  # type: ignore[attr-defined]
    while ledger._scrub.rounds == 0:
        await place.store.fold()
