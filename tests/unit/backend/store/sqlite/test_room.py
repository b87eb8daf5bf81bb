"""How much room there is, and what is told of it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from backend.model.event import EventKind
from backend.store.retention import MIB, Retention
from backend.store.sqlite.database import Database
from backend.store.sqlite.room import Left, Room

CAP = Retention(cap_bytes=4096 * MIB)


class Disk:
    """So many bytes are left for the file."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, path: Path) -> int:
        return self.left


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    database = Database(tmp_path / "c.db")
    database.open()
    yield database
    database.close()


def told(room: Room) -> list[EventKind]:
    kinds = [event.kind for event in room.news(room.look(), 0)]
    room.told()
    return kinds


def test_a_roomy_disk_leaves_the_cap_and_its_reserve(database: Database) -> None:
    left = Room(database, CAP, Disk(100_000 * MIB)).look()
    assert (left.limit, left.reserve, left.by_disk) == (4096 * MIB, 64 * MIB, False)


def test_the_end_of_the_disk_counts_as_the_cap(database: Database) -> None:
    left = Room(database, CAP, Disk(300 * MIB)).look()
    assert (left.limit, left.reserve, left.by_disk) == (300 * MIB, 64 * MIB, True)


def test_every_change_is_told_once_and_low_is_not_over_at_its_very_edge(database: Database) -> None:
    disk = Disk(1000 * MIB)
    watched = Room(database, CAP, disk)
    assert told(watched) == []
    used = watched.look().used
    disk.left = used + 16 * MIB
    assert told(watched) == []
    disk.left = used + used // 4
    assert told(watched) == [EventKind.STORAGE_LOW]
    assert told(watched) == []
    disk.left = used
    assert told(watched) == [EventKind.STORAGE_FULL]
    disk.left = 1000 * MIB
    assert told(watched) == [EventKind.STORAGE_FREE]


def test_what_could_not_be_told_is_told_later(database: Database) -> None:
    disk = Disk(0)
    watched = Room(database, CAP, disk)
    watched.news(watched.look(), 5)
    disk.left = 1000 * MIB
    assert [(event.at_ms, event.kind) for event in watched.news(watched.look(), 9)] == [
        (5, EventKind.STORAGE_FULL),
        (9, EventKind.STORAGE_FREE),
    ]


def test_half_of_the_reserve_is_for_folding() -> None:
    assert not Left(75 + 12, 100, 25, by_disk=True).is_exhausted
    assert Left(75 + 13, 100, 25, by_disk=True).is_exhausted


def test_whoever_is_told_late_that_the_disk_is_low_is_told_since_when(database: Database) -> None:
    disk = Disk(2 * MIB)
    watched = Room(database, CAP, disk)
    watched.took(5)
    watched.took(7)
    disk.left = 300 * MIB
    assert [(event.kind, event.at_ms) for event in watched.news(watched.look(), 9)] == [
        (EventKind.STORAGE_LOW, 5),
        (EventKind.STORAGE_FREE, 9),
    ]
    watched.told()
    assert told(watched) == []


def test_what_goes_at_the_cap_says_nothing_of_the_disk(database: Database) -> None:
    watched = Room(database, CAP, Disk(100_000 * MIB))
    watched.took(5)
    assert told(watched) == []
