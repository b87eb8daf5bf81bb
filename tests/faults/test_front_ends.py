"""Two cloud processes on one database while many sites send: either may die, the database may crash, the folding owner may die.

Nothing is lost, nothing is doubled, every site goes on soon, and somebody folds again soon (bar 6; R14 without a standby).
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import asyncpg
import pytest

from backend.store.outbox import open_outbox
from backend.store.postgres import locks
from backend.store.reader import open_reader
from tests.support import postgres
from tests.support.cloud import Cloud
from tests.support.fault_proxy import fault_proxy
from tests.support.gateway import Gateway, gateways, telling
from tests.support.node_process import NODE
from tests.support.school import Reckoning, reckoning
from tests.support.until import until
from tests.support.warm_start import WarmStart
from tests.support.witness import kept

SITES, MANY_SITES = 10, 100
TELL_EVERY_S = 0.5
MOST_GAP_S = 30.0
PATIENCE_S = 90.0
FOLDER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted
"""


class Fronts:
    """A region with two front ends."""

    def __init__(self, server: postgres.Server, database: str, clouds: dict[str, Cloud], sites: list[Gateway]) -> None:
        self.server, self.database, self.clouds, self.sites = server, database, clouds, sites
        self.patience_s = MOST_GAP_S * 2
        """So long is waited for somebody who folds."""
        self.write_gaps: list[float] = []
        """Seconds from each fault until every site had something more acknowledged."""
        self.fold_gaps: list[float] = []
        """Seconds from the death of whoever folded until somebody folds."""

    async def folder(self) -> str | None:
        """The front end that folds now."""
        try:
            link = await asyncpg.connect(self.server.address(self.database))
        except (OSError, asyncpg.PostgresError):
            return None
        try:
            return await link.fetchval(FOLDER, locks.STORE, locks.FOLD)
        finally:
            await link.close()

    async def lose(self, name: str) -> None:
        """Kill this front end; it is started again once all sites go on with the other."""
        folded = await self.folder() == name
        await self.clouds[name].node.kill()
        began = monotonic()
        await self._all_go_on(began)
        if folded:
            await until(self.folder, self.patience_s)
            self.fold_gaps.append(monotonic() - began)
        await self.clouds[name].node.start()

    async def lose_folder(self) -> None:
        """Kill whoever folds."""
        await until(self.folder, PATIENCE_S)
        owner = await self.folder()
        assert owner is not None
        await self.lose(owner)

    async def lose_database(self) -> None:
        """Crash the server and start it again when every site has noticed."""
        await asyncio.to_thread(self.server.crash)
        began = monotonic()
        await until(lambda: all(site.uplink.link.trouble for site in self.sites), PATIENCE_S)
        await asyncio.to_thread(self.server.start)
        await self._all_go_on(began)
        await until(self.folder, self.patience_s)
        self.fold_gaps.append(monotonic() - began)

    async def _all_go_on(self, began: float) -> None:
        """Wait until something more of every site has arrived."""
        before = {site.name: site.delivered.last for site in self.sites}
        await until(lambda: all(site.delivered.last > before[site.name] for site in self.sites), PATIENCE_S)
        self.write_gaps.append(monotonic() - began)

    async def reckon(self) -> Reckoning:
        """What the database holds, compared with what the sites kept."""
        promised = {fact for site in self.sites for fact in site.kept}
        async with open_reader(self.server.address(self.database)) as reader:
            found = await kept(reader, {key for site in self.sites for key in site.keys})
        return reckoning(promised, promised, found)

    async def counted(self) -> dict[str, int]:
        """Readings of each site by the ledger of batches: none was taken twice."""
        counts: dict[str, int] = {}
        async with open_outbox(self.server.address(self.database)) as outbox:
            for state in await outbox.chains():
                counts[state.chain.node] = await outbox.readings_between(state.number, state.held)
        return counts


@asynccontextmanager
async def fronts(folder: Path, warm: WarmStart, count: int, seed: int, second: Sequence[str] = NODE) -> AsyncGenerator[Fronts]:
    """Both front ends run, and every site tells and sends."""
    if (reason := postgres.missing()) is not None:
        pytest.skip(reason)
    with postgres.postgres_server() as server:
        address = await server.new_database()
        clouds = {
            name: Cloud(folder, name, store=f"{address}?application_name={name}", command=command, start=warm)
            for name, command in (("front1", NODE), ("front2", second))
        }
        for cloud in clouds.values():
            await cloud.node.start()
        async with (
            fault_proxy(*(cloud.port for cloud in clouds.values())) as proxy,
            gateways(folder, clouds["front1"], count, seed, port=proxy.port, lines=1) as sites,
        ):
            yield Fronts(server, address.rpartition("/")[2], clouds, sites)
        for cloud in clouds.values():
            await cloud.node.stop()


async def ordeal(town: Fronts, rounds: int, luck: random.Random) -> None:
    """Every fault, so many times, in any order, while all sites tell."""
    async with telling(town.sites, TELL_EVERY_S, luck):
        for _ in range(rounds):
            faults = [lambda: town.lose("front1"), lambda: town.lose("front2"), town.lose_database, town.lose_folder]
            luck.shuffle(faults)
            for fault in faults:
                await fault()
    await until(lambda: not any(site.waits for site in town.sites), PATIENCE_S)


async def suffer(folder: Path, warm: WarmStart, sites: int, rounds: int, seed: int) -> None:
    async with fronts(folder, warm, sites, seed) as town:
        await ordeal(town, rounds, random.Random(seed))
        found, counts = await town.reckon(), await town.counted()
    gaps = [[round(gap, 1) for gap in each] for each in (town.write_gaps, town.fold_gaps)]
    print(f"{sites} sites, {found.promised} readings; write gaps {gaps[0]} s, fold gaps {gaps[1]} s")  # noqa: T201
    assert found.toll == (0, 0, 0), found
    assert {site.name: counts[site.name] for site in town.sites} == {site.name: site.told for site in town.sites}
    assert max(town.write_gaps) <= MOST_GAP_S
    assert max(town.fold_gaps) <= MOST_GAP_S


async def test_no_front_end_and_no_database_is_missed(ram: Path, warm: WarmStart, seed: int) -> None:
    await suffer(ram, warm, SITES, 1, seed)


async def test_a_front_end_that_never_takes_over_the_fold_is_found_out(ram: Path, warm: WarmStart, seed: int) -> None:
    async with fronts(ram, warm, 1, seed, ("-m", "tests.support.idle_node", *NODE[2:])) as town:
        town.patience_s = 5.0
        async with telling(town.sites, TELL_EVERY_S, random.Random(seed)):
            with pytest.raises(TimeoutError):
                await town.lose_folder()


@pytest.mark.long
async def test_a_hundred_sites_miss_no_front_end_and_no_database(
    ram: Path, warm: WarmStart, times: int | None, seed: int
) -> None:
    await suffer(ram, warm, MANY_SITES, times or 5, seed)
