"""A cache that is damaged (R8): found, mended as far as anything can still be read, and every hole told."""

import asyncio
import random
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from time import perf_counter

import pytest

from backend.store import checksums
from tests.support.folders import quick_folder
from tests.support.harm import PAGE, Fact, Findings, Past, flip, make_past, places_of_payload, readings_on, recover, without_log
from tests.support.town import HOUR_MS

SHORT = 16
UP_S = 30.0
LOG_MS = 3 * HOUR_MS
"""What is younger may stand in the log only."""


@pytest.fixture(scope="module")
def past() -> Generator[Past]:
    with quick_folder() as folder:
        yield asyncio.run(make_past(folder, seed=1))


Hit = int | None
"""The page that was hit; None where what was written last may be gone, whatever page it lay on."""


def flip_somewhere(path: Path, luck: random.Random) -> Hit:
    place = luck.randrange(path.stat().st_size)
    flip(path, place, luck.randrange(8))
    return place // PAGE + 1


def wipe_a_page(path: Path, luck: random.Random) -> Hit:
    return overwrite(path, luck.randrange(path.stat().st_size // PAGE), bytes(PAGE))


def scribble_over_a_page(path: Path, luck: random.Random) -> Hit:
    return overwrite(path, luck.randrange(path.stat().st_size // PAGE), luck.randbytes(PAGE))


def wipe_the_first_page(path: Path, luck: random.Random) -> Hit:
    return overwrite(path, 0, bytes(PAGE))


def overwrite(path: Path, number: int, content: bytes) -> Hit:
    with path.open("r+b") as file:
        file.seek(number * PAGE)
        file.write(content)
    return number + 1


def cut_the_end(path: Path, luck: random.Random) -> Hit:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(luck.randrange(size - PAGE, size))
    return size // PAGE


def flip_in_the_log(path: Path, luck: random.Random) -> Hit:
    flip_somewhere(path.with_name(f"{path.name}-wal"), luck)
    return None


def remove_the_log(path: Path, luck: random.Random) -> Hit:
    path.with_name(f"{path.name}-wal").unlink()
    return None


HARMS: tuple[Callable[[Path, random.Random], Hit], ...] = (
    wipe_the_first_page,
    flip_somewhere,
    wipe_a_page,
    scribble_over_a_page,
    cut_the_end,
    flip_in_the_log,
    remove_the_log,
)


async def judged(path: Path, past: Past, spared: Callable[[Fact], bool], what: str) -> Findings:
    """Recover; nothing is untrue, nothing unexplained, and nothing is gone but what may be (``spared`` says what may not)."""
    started = perf_counter()
    found = await recover(path, past)
    assert perf_counter() - started <= UP_S, what
    assert (found.untrue(past), found.unexplained(past)) == (0, 0), what
    assert not list(filter(spared, past.facts - set(found.facts))), what
    return found


def beside(past: Past, path: Path, hit: Hit) -> Callable[[Fact], bool]:
    """Whether a reading lies outside the page that was hit."""
    if hit is None:
        return lambda fact: fact[1] < past.end_ms - LOG_MS
    lost = readings_on(path, hit)
    return lambda fact: (fact[0], fact[1] // HOUR_MS) not in lost


async def test_whatever_happens_to_a_cache_is_found_and_told(past: Past, ram: Path, times: int | None, seed: int) -> None:
    luck, slowest, mended = random.Random(seed), 0.0, 0
    for number in range(times or SHORT):
        folder = ram / str(number)
        folder.mkdir()
        path, harm = past.copy(folder), HARMS[number % len(HARMS)]
        whole = past.folder / path.name
        hit = harm(path, luck)
        harmed, started = path.read_bytes(), perf_counter()
        await judged(path, past, beside(past, whole, hit), f"{number}: {harm.__name__} {hit}")
        slowest = max(slowest, perf_counter() - started)
        kept = list(folder.glob("c.db.damaged-*Z"))
        mended += bool(kept)
        if harm is wipe_the_first_page:  # Found before anything was written.
            assert kept[0].read_bytes() == harmed
        shutil.rmtree(folder)
    print(f"{times or SHORT} harms, {mended} files mended, slowest {slowest:.1f} s")  # noqa: T201
    assert mended > 0


async def test_half_a_file_gives_back_what_lies_in_it(past: Past, ram: Path, seed: int) -> None:
    path, luck = past.copy(ram), random.Random(seed)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(luck.randrange(size // 4, size * 3 // 4))
    found = await judged(path, past, lambda fact: False, "cut")
    print(f"{len(found.facts)} of {len(past.facts)} readings")  # noqa: T201
    assert "damaged" in found.causes


def peaceful(past: Past, folder: Path) -> Path:
    path = past.copy(folder)
    without_log(path)
    return path


async def test_every_flipped_bit_of_a_payload_is_found(past: Past, ram: Path, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    places = places_of_payload(peaceful(past, ram), luck)
    for number, (table, place) in enumerate(luck.sample(places, min(times or SHORT, len(places)))):
        folder = ram / str(number)
        folder.mkdir()
        path = peaceful(past, folder)
        spared = beside(past, path, place // PAGE + 1)
        flip(path, place, luck.randrange(8))
        found = await judged(path, past, spared, f"{table} at {place}")
        assert "damaged" in found.causes, f"{table} at {place}"
        shutil.rmtree(folder)


async def test_without_check_sums_a_flipped_bit_is_told_as_truth(
    past: Past, ram: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "_sum", lambda data, about: None)
    monkeypatch.setattr(checksums, "_SUM", _Blind())
    luck, untrue = random.Random(seed), 0
    places = [each for each in places_of_payload(peaceful(past, ram), luck) if each[0] == "chunk"]
    for number, (_, place) in enumerate(places):
        folder = ram / str(number)
        folder.mkdir()
        path = peaceful(past, folder)
        flip(path, place, luck.randrange(8))
        untrue += (await recover(path, past)).untrue(past)
    assert untrue > 0


class _Blind:
    """A planted fault: a sum that is never compared."""

    size = 4

    def pack(self, sum_: None) -> bytes:
        return bytes(self.size)

    def unpack_from(self, data: bytes, place: int) -> tuple[None]:
        return (None,)


async def test_a_copy_from_before_begins_a_new_epoch_and_tells_what_it_lacks(past: Past, ram: Path) -> None:
    path = past.copy(ram, old=True)
    shutil.copy(past.folder / "c.db.mark", ram / "c.db.mark")
    found = await judged(path, past, lambda fact: False, "an old copy")
    assert len(found.causes) == 2


async def test_another_device_s_file_is_not_taken_for_our_own(past: Past, ram: Path) -> None:
    other = await make_past(ram / "other", seed=2, node_days=1)
    path = other.copy(ram)
    shutil.copy(past.folder / "c.db.mark", ram / "c.db.mark")
    found = await recover(path, other)
    assert found.causes == ["restored", "new"]


async def test_a_cache_that_is_gone_is_no_silent_beginning(past: Past, ram: Path) -> None:
    shutil.copy(past.folder / "c.db.mark", ram / "c.db.mark")
    found = await recover(ram / "c.db", past)
    assert found.causes == ["gone"]
