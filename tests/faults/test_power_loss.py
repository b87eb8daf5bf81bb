"""Power loss at any moment (R2): what was acknowledged is on disk, and what is on disk opens again, soon and whole."""

import random
from itertools import count
from pathlib import Path

import pytest

from backend.store.tiers import fold
from tests.support.power import Deed, RecordingDisk, images
from tests.support.recorded import connect_to
from tests.support.story import BATCHES, START_MS, Author, Story, toll_of
from tests.support.town import town

SHORT = 5_000
REOPEN_S = 2.0


@pytest.fixture(autouse=True)
def steps_of_the_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes by the number of looks at the clock, so that a seed repeats the whole run."""
    monkeypatch.setattr(fold, "perf_counter", count(0, 0.0002).__next__)


def tell(disk: RecordingDisk, luck: random.Random, folder: Path, synchronous: str = "FULL") -> Story:
    """A few hours of a node's work on this disk."""
    story = Story(disk.record)
    author = Author(story, connect_to(disk, synchronous=synchronous), luck, folder)
    for _ in range(BATCHES):
        author.tell(disk)
    author.ledger.close()
    return story


async def test_nothing_acknowledged_is_lost_with_the_power(tmp_path: Path, ram: Path, times: int | None, seed: int) -> None:
    luck, number = random.Random(seed), times or SHORT
    story = tell(RecordingDisk(f"power {seed}"), luck, tmp_path)
    toll = await toll_of(story, number, ram, luck)
    print(f"{number} images of {len(story.record)} acts, slowest reopening {toll.slowest_s:.3f} s")  # noqa: T201
    assert (toll.lost, toll.broken) == (0, 0)
    assert toll.slowest_s <= REOPEN_S


async def test_a_cache_that_was_only_being_made_opens_and_works(tmp_path: Path, ram: Path, seed: int) -> None:
    luck = random.Random(seed)
    record = tell(RecordingDisk(f"young {seed}"), luck, tmp_path).record
    young = record[: next(number for number, act in enumerate(record) if act.deed is Deed.ACKNOWLEDGED)]
    for _ in images(young, 150, ram, luck):
        async with town(ram / "c.db", START_MS) as place:
            await place.write(place.power, [START_MS], [1.0])


async def test_a_store_that_does_not_wait_for_the_disk_is_found_out(tmp_path: Path, ram: Path, seed: int) -> None:
    luck = random.Random(seed)
    story = tell(RecordingDisk(f"hasty {seed}"), luck, tmp_path, synchronous="NORMAL")
    toll = await toll_of(story, 200, ram, luck)
    print(f"{toll.bad_images} of 200 images lost something")  # noqa: T201
    assert toll.bad_images > 100
