"""A sync that fails (R7), on a model of the disk.

What could not be written stays away unless it is written again, whatever later syncs say.
"""

import random
from pathlib import Path

import pytest

from backend.model.delivery import StorageError
from tests.support.power import RecordingDisk
from tests.support.recorded import connect_to
from tests.support.story import Author, Story, toll_of

BATCHES = 150
FAILURES = 0.1
SHORT = 500


def tell(name: str, luck: random.Random, folder: Path, *, dies: bool, trust_log: bool = False) -> Story:
    """A node's work on a disk whose syncs fail now and then; the process ends with the failure, or goes on."""
    disk = RecordingDisk(name)
    story = Story(disk.record)
    author = Author(story, connect_to(disk, trust_log=trust_log), luck, folder)
    for number in range(BATCHES):
        if luck.random() < FAILURES:
            disk.failing_sync, disk.dies_of_it = luck.randrange(1, 4), dies
        try:
            author.tell(disk)
        except StorageError:
            if dies:
                author.ledger.close()
                disk = disk.restart(f"{name} {number}")
                author.begin(connect_to(disk, trust_log=trust_log))
    disk.failing_sync = 0
    author.ledger.close()
    return story


@pytest.mark.parametrize("dies", [False, True], ids=["goes on", "dies of it"])
async def test_what_is_acknowledged_after_a_failed_sync_is_on_disk(
    tmp_path: Path, ram: Path, times: int | None, seed: int, dies: bool
) -> None:
    luck, number = random.Random(seed), times or SHORT
    story = tell(f"failing {seed}", luck, tmp_path, dies=dies)
    toll = await toll_of(story, number, ram, luck)
    print(f"{story.refused} failed syncs refused, {number} images")  # noqa: T201
    assert story.refused > 0
    assert (toll.lost, toll.broken) == (0, 0)


async def test_a_store_that_builds_upon_a_dead_process_s_log_is_found_out(tmp_path: Path, ram: Path, seed: int) -> None:
    luck = random.Random(seed)
    story = tell(f"trusting {seed}", luck, tmp_path, dies=True, trust_log=True)
    toll = await toll_of(story, 100, ram, luck)
    print(f"{toll.bad_images} of 100 images lost something")  # noqa: T201
    assert toll.bad_images > 10
