"""What is not believed is kept apart, within limits, and never in anybody's way."""

import os
import stat
import threading
from pathlib import Path

import pytest

from backend.sync.quarantine import Kind, Limits, Quarantine, Suspect, quarantine_file
from tests.support.clock import FakeClock

DAY_S = 86_400


def suspect(number: int = 0, reason: str = "forged", size: int = 100) -> Suspect:
    return Suspect(Kind.BATCH, reason, number.to_bytes(4, "big") * (size // 4), b"envelope")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cloud.enemado"


def test_the_very_bytes_are_kept_and_only_their_owner_reads_them(cache: Path) -> None:
    quarantine = Quarantine(cache, FakeClock())
    (number,) = quarantine.take("school", [suspect()])
    assert number is not None
    assert quarantine.original(number) == suspect()
    (entry,) = Quarantine(cache, FakeClock()).entries()
    assert (entry.source, entry.reason, entry.times, entry.size) == ("school", "forged", 1, 108)
    assert os.name != "posix" or stat.S_IMODE(quarantine_file(cache).stat().st_mode) == 0o600


def test_looking_makes_no_file(cache: Path) -> None:
    assert (Quarantine(cache, FakeClock()).entries(), Quarantine(cache, FakeClock()).counted()) == ([], {})
    assert not quarantine_file(cache).exists()


def test_the_same_again_is_one_entry_that_says_how_often(cache: Path) -> None:
    clock = FakeClock()
    quarantine = Quarantine(cache, clock)
    first = quarantine.take("school", [suspect()])
    clock.advance(5)
    assert quarantine.take("school", [suspect(reason="revoked")]) == first
    assert quarantine.take("harbour", [suspect()]) != first
    entry = quarantine.entry(first[0] or 0)
    assert entry is not None
    assert (entry.times, entry.reason, entry.last_ms - entry.at_ms) == (2, "revoked", 5000)


def test_a_source_fills_its_own_share_only_and_what_is_more_is_counted(cache: Path) -> None:
    quarantine = Quarantine(cache, FakeClock(), Limits(bytes_of_source=300, entries_of_minute=100))
    numbers = quarantine.take("loud", [suspect(number) for number in range(10)])
    assert [number is not None for number in numbers] == [True] * 2 + [False] * 8
    assert quarantine.take("quiet", [suspect()])[0] is not None
    assert quarantine.counted() == {"loud": {"forged": 8}}
    assert quarantine.lying() == {"loud": 2, "quiet": 1}


def test_a_source_gets_so_many_entries_a_minute(cache: Path) -> None:
    clock = FakeClock()
    quarantine = Quarantine(cache, clock, Limits(entries_of_minute=3))
    quarantine.take("loud", [suspect(number) for number in range(5)])
    assert quarantine.lying() == {"loud": 3}
    clock.advance(61)
    quarantine.take("loud", [suspect(number) for number in range(5, 10)])
    assert quarantine.lying() == {"loud": 6}
    assert quarantine.counted() == {"loud": {"forged": 4}}


def test_all_sources_together_have_a_limit_too(cache: Path) -> None:
    quarantine = Quarantine(cache, FakeClock(), Limits(bytes=500, sources=3))
    for number in range(10):
        quarantine.take(f"source {number}", [suspect(number)])
    assert sum(quarantine.lying().values()) == 4
    counted = quarantine.counted()
    assert set(counted) == {"source 4", "source 5", "source 6", ""}
    assert sum(reasons["forged"] for reasons in counted.values()) == 6


def test_what_has_lain_there_long_enough_goes(cache: Path) -> None:
    clock = FakeClock()
    quarantine = Quarantine(cache, clock, Limits(days=30))
    quarantine.take("school", [suspect(0), suspect(1)])
    quarantine.refused("10.0.0.1", "unknown", 7)
    clock.advance(20 * DAY_S)
    quarantine.take("school", [suspect(1)])
    clock.advance(11 * DAY_S)
    quarantine.expire()
    assert [entry.times for entry in quarantine.entries()] == [2]
    assert quarantine.counted() == {}


def test_a_full_disk_stops_nobody_and_what_came_meanwhile_is_counted(cache: Path) -> None:
    quarantine = Quarantine(cache, FakeClock())
    quarantine_file(cache).mkdir()
    assert quarantine.take("school", [suspect(0), suspect(1)]) == [None, None]
    quarantine.expire()
    assert quarantine.trouble
    quarantine_file(cache).rmdir()
    assert quarantine.take("school", [suspect(2)])[0] is not None
    assert quarantine.trouble == ""
    assert quarantine.counted() == {"school": {"forged": 2}}


def test_a_limit_is_met_once_though_the_disk_fails_in_between(cache: Path) -> None:
    quarantine = Quarantine(cache, FakeClock(), Limits(entries_of_minute=1))
    quarantine.take("school", [suspect(0)])
    quarantine_file(cache).rename(cache)
    quarantine_file(cache).mkdir()
    quarantine.take("school", [suspect(1), suspect(2)])
    quarantine_file(cache).rmdir()
    cache.rename(quarantine_file(cache))
    quarantine.take("school", [suspect(3)])
    assert quarantine.counted() == {"school": {"forged": 3}}


def test_several_processes_use_it_at_once(cache: Path) -> None:
    def fill(name: str) -> None:
        mine = Quarantine(cache, FakeClock())
        for number in range(20):
            mine.take(name, [suspect(number)])

    threads = [threading.Thread(target=fill, args=(f"source {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Quarantine(cache, FakeClock()).lying().values()) == {20}
