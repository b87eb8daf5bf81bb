"""Kill -9 of a node while devices write: nothing acknowledged is lost, nothing is doubled, nothing is invented (R1)."""

import random
from pathlib import Path

from tests.support import assassin
from tests.support.school import School
from tests.support.warm_start import WarmStart
from tests.support.witness import usual_worst

SHORT = 14
LONGEST_LIFE_S = 0.8
LAST_LIFE_S = 1.5
AT_A_SYNC = 0.3
"""Share of kills that come at the n-th sync of the disk instead of after a time."""
MOST_SYNCS = 40
FIRST_NEW_S = 10.0
"""After a kill something new is acknowledged within this, 99 times of a hundred."""
HASTY = ("-m", "tests.support.hasty_node", "node", "--settings")


async def kill(school: School, times: int, luck: random.Random) -> None:
    """Kill the node at any moment, so many times, and let the last one end in peace."""
    async with school.devices():
        for _ in range(times):
            await school.live(0.05)
            if luck.random() < AT_A_SYNC and assassin.missing() is None:
                await assassin.die_at_call(school.node, assassin.SYNCS, luck.randrange(1, MOST_SYNCS))
            else:
                await school.live(luck.uniform(0.0, LONGEST_LIFE_S))
                await school.node.kill()
            school.journal.fall()
        await school.live(LAST_LIFE_S)
    await school.node.stop()


async def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, warm: WarmStart, times: int | None, seed: int) -> None:
    times = times or SHORT
    school = School(tmp_path, start=warm)
    await kill(school, times, random.Random(seed))
    found = await school.reckon()
    repeated = sum(teller.repeated for teller in school.tellers)
    silence_s = usual_worst(school.journal.silences)
    print(f"{times} kills, {found.promised} promised, {repeated} told again, new ones after {silence_s:.1f} s")  # noqa: T201
    assert found.toll == (0, 0, 0), found
    assert min(teller.acknowledged for teller in school.tellers) > 5 * times
    assert repeated > 0
    assert silence_s <= FIRST_NEW_S
    assert school.watcher.seen


async def test_a_node_that_acknowledges_too_early_is_found_out(tmp_path: Path, warm: WarmStart, seed: int) -> None:
    school = School(tmp_path, command=HASTY, start=warm)
    await kill(school, 3, random.Random(seed))
    assert (await school.reckon()).lost
