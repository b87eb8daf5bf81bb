"""A disk that answers with errors (R7), in a real process: what failed is neither acknowledged nor trusted again."""

import random
from pathlib import Path

import pytest

from backend.store.reader import open_reader
from tests.support.town import POWER
from tests.support.traced import Fault, missing, write_traced
from tests.support.writer import READINGS, START_MS

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

SHORT = 8
BATCHES = 60
ERRORS = ("EIO", "ENOSPC", "EROFS")


def a_fault(luck: random.Random) -> Fault:
    call = luck.choice(("fdatasync", "fdatasync", "pwrite64"))
    return Fault(call, luck.choice(ERRORS), luck.randrange(15, BATCHES), luck.randrange(1, 4))


async def stored(cache: Path) -> list[int]:
    """Numbers of the readings in the cache."""
    async with open_reader(cache) as reader:
        rows = await reader.raw(POWER.key, START_MS, START_MS + 1000 * READINGS * BATCHES)
    return [int(value) for value in rows.value]


def readings_of(batches: list[int]) -> set[int]:
    return {READINGS * number + part for number in batches for part in range(READINGS)}


async def test_what_failed_is_refused_and_what_is_acknowledged_is_there(tmp_path: Path, times: int | None, seed: int) -> None:
    luck, refused = random.Random(seed), 0
    for number in range(times or SHORT):
        fault, folder = a_fault(luck), tmp_path / str(number)
        folder.mkdir()
        run = write_traced(folder / "c.db", BATCHES, fault)
        found = await stored(folder / "c.db") if run.opened else []
        assert readings_of(run.kept) - set(found) == set(), fault
        assert len(found) == len(set(found)), fault
        assert len(run.kept) + len(run.refused) == (BATCHES if run.opened else 0), fault
        assert run.trusted_again == [], fault
        refused += len(run.refused) + (not run.opened)
    print(f"{times or SHORT} faults, {refused} refusals")  # noqa: T201
    assert refused > 0


async def test_a_store_that_swallows_the_error_is_found_out(tmp_path: Path) -> None:
    # So few that none of them is folded: what is in memory only cannot come to the disk that way.
    run = write_traced(tmp_path / "c.db", 13, Fault("fdatasync", "EIO", 20, 3), "--swallow")
    assert readings_of(run.kept) - set(await stored(tmp_path / "c.db"))
