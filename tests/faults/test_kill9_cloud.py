"""Kill -9 of a school's node, of its cloud's, and of the database, at any moment and at every step of taking something in.

What was acknowledged to a device is in the school and in the cloud, once; the bytes are the same in both (R1, R3).
"""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support import assassin, postgres
from tests.support.district import District
from tests.support.falling_node import Moment
from tests.support.node_process import NODE, NodeProcess
from tests.support.warm_start import WarmStart
from tests.support.witness import usual_worst

SHORT = 18
SHORT_FALLS = {"sqlite": 3, "postgresql": 6}
"""Every moment once for each thing that may fall: the node, the database."""
LONGEST_LIFE_S = 0.6
AT_A_CALL = 0.4
"""Share of kills that come at the n-th sync or write instead of after a time."""
MOST_CALLS = 60
FIRST_NEW_S = 10.0
"""After a kill of the school something new is acknowledged within this, 99 times of a hundred."""
MOST_PARCELS = 4
"""The first is taken in well, so that the school comes back soon after each fall."""

PLACES = ["sqlite", "postgresql"]
Stores = tuple[str | None, str | None]


@asynccontextmanager
async def stores(kind: str) -> AsyncGenerator[tuple[Stores, postgres.Server | None]]:
    """Addresses for a school and a cloud, and the server that both are on."""
    if kind == "sqlite":
        yield (None, None), None
        return
    if (reason := postgres.missing()) is not None:
        pytest.skip(reason)
    with postgres.postgres_server() as server:
        yield (await server.new_database(), await server.new_database()), server


async def kill(district: District, times: int, luck: random.Random) -> None:
    """Kill one of both nodes or the other, so many times."""
    async with district.devices():
        for _ in range(times):
            await district.start()
            await _strike(district, luck.choice((district.school.node, district.cloud.node)), luck)
        await district.start()
        await district.school.live(LONGEST_LIFE_S)
    await district.settle()


async def _strike(district: District, victim: NodeProcess, luck: random.Random) -> None:
    if luck.random() < AT_A_CALL and assassin.missing() is None:
        calls = luck.choice((assassin.SYNCS, assassin.WRITES))
        await assassin.die_at_call(victim, calls, luck.randrange(1, MOST_CALLS), LONGEST_LIFE_S * 2)
    else:
        await district.school.live(luck.uniform(0.0, LONGEST_LIFE_S))
        await victim.kill()
    if victim is district.school.node:
        district.school.journal.fall()


async def check(district: District) -> int:
    """Both stores against the truth and against each other; how much was promised."""
    here, there = await district.school.reckon(), await district.school.reckon(district.cloud.place)
    assert (here.toll, there.toll) == ((0, 0, 0), (0, 0, 0)), (here, there)
    assert await district.differences() == []
    assert await district.disorder() == []
    return here.promised


@pytest.mark.parametrize("kind", PLACES)
async def test_nothing_is_lost_or_doubled_between_two_nodes_that_are_killed(
    kind: str, tmp_path: Path, warm: WarmStart, times: int | None, seed: int
) -> None:
    times = times or SHORT
    async with stores(kind) as (places, _):
        district = District(tmp_path, stores=places, start=warm)
        await kill(district, times, random.Random(seed))
        promised = await check(district)
        repeated = sum(teller.repeated for teller in district.school.tellers)
        silence_s = usual_worst(district.school.journal.silences)
        print(f"{times} kills, {promised} promised, {repeated} told again, new ones after {silence_s:.1f} s")  # noqa: T201
        assert promised > 20 * times
        assert silence_s <= FIRST_NEW_S


def falling(moment: Moment, number: int, how: str) -> Sequence[str]:
    return ("-m", "tests.support.falling_node", moment.value, str(number), how, *NODE[2:])


async def fall(district: District, server: postgres.Server | None, times: int, luck: random.Random) -> None:
    """Let the cloud, or its database, fall at every moment of taking something in."""
    async with district.devices():
        for number in range(times):
            moment = list(Moment)[number % len(Moment)]
            crash = server is not None and number % 2 == 1
            how = str(server.data) if server is not None and crash else "kill"
            district.cloud.node.command = falling(moment, luck.randrange(2, MOST_PARCELS), how)
            await district.start()
            await district.fallen(server if crash else None)
        district.cloud.node.command = NODE
        await district.start()
    await district.settle()


@pytest.mark.parametrize("kind", PLACES)
async def test_no_step_of_taking_something_in_loses_or_doubles_it(
    kind: str, tmp_path: Path, warm: WarmStart, times: int | None, seed: int
) -> None:
    times = times or SHORT_FALLS[kind]
    async with stores(kind) as (places, server):
        district = District(tmp_path, stores=(None, places[1]), start=warm)
        await fall(district, server, times, random.Random(seed))
        print(f"{times} falls, {await check(district)} promised")  # noqa: T201
