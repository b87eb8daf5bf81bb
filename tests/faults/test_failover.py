"""A database's primary dies, its synchronous standby takes its place: nothing acknowledged is lost (R14)."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.model.clock import SystemClock
from backend.model.delivery import StorageError
from backend.store.exchange import Verdict
from backend.store.postgres import connection, open_store
from backend.store.reader import open_reader
from tests.support.cluster import Cluster, clusters
from tests.support.family import batches_of, chain_of, hand_in, house
from tests.support.postgres import missing
from tests.support.pressure import Pressure
from tests.support.until import until
from tests.support.witness import Fact, kept

WRITE_GAP_S = 30.0
READ_GAP_S = 5.0
PATIENCE_S = 0.5
ENDS = (Cluster.freeze, Cluster.kill, Cluster.stop)
"""How a primary ends. One that hangs is only noticed when a statement takes long and nobody else is let in."""
SYNCHRONOUS = {"synchronous_standby_names": "*", "synchronous_commit": "on"}
ASYNCHRONOUS = {"synchronous_standby_names": ""}


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--n", default=None) or 1


class Pair:
    """A primary and its standby, which change places."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        self.primary = primary
        self.standby = standby
        hosts = ",".join(f"127.0.0.1:{cluster.port}" for cluster in (primary, standby))
        self.address = f"postgresql://tests@{hosts}/postgres?target_session_attrs=read-write"

    async def attach(self, settings: dict[str, str]) -> None:
        """Make the standby from the primary, and wait until it follows."""
        await asyncio.to_thread(self._attach)
        self.primary.set(settings)
        await asyncio.to_thread(self.primary.reload)
        wanted = "sync" if settings is SYNCHRONOUS else "async"

        async def follows() -> bool:
            return await self.primary.ask("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'") == wanted

        await until(follows)

    def _attach(self) -> None:
        if self.standby.is_running:
            self.standby.kill()
        self.standby.clone(self.primary)
        self.standby.start()

    async def cut(self) -> None:
        """Nothing comes to the standby any more."""
        self.standby.set({"primary_conninfo": ""})
        await asyncio.to_thread(self.standby.reload)

        async def is_cut() -> bool:
            return await self.primary.ask("SELECT count(*) FROM pg_stat_replication") == 0

        await until(is_cut)

    async def fail_over(self) -> None:
        """What an operator does, or a program in their stead."""
        await asyncio.to_thread(self.standby.promote)
        self.primary, self.standby = self.standby, self.primary


@asynccontextmanager
async def pair(settings: dict[str, str]) -> AsyncGenerator[Pair]:
    if (reason := missing()) is not None:
        pytest.skip(reason)
    with clusters("one", "other") as (one, other):
        await asyncio.to_thread(one.create)
        await asyncio.to_thread(one.start)
        found = Pair(one, other)
        await found.attach(settings)
        yield found


async def test_a_standby_takes_over_and_nothing_acknowledged_is_lost(times: int, seed: int) -> None:
    luck = random.Random(seed)
    async with pair(SYNCHRONOUS) as servers:
        pressure = Pressure(servers.address)
        for number in range(times):
            if number:
                await servers.attach(SYNCHRONOUS)
            end = ENDS[number % len(ENDS)]
            async with pressure.going_on():
                await pressure.more(luck.randrange(5, 200))
                await asyncio.to_thread(end, servers.primary)
                await servers.fail_over()
                await pressure.more(30)
            write_s, read_s = pressure.writing.longest_s, pressure.reading.longest_s
            print(f"{end.__name__}: {len(pressure.acknowledged)} acknowledged, write gap {write_s:.2f} s, read {read_s:.2f} s")  # noqa: T201
            assert await pressure.lost() == set()
            assert write_s <= WRITE_GAP_S
            assert read_s <= READ_GAP_S


async def read_at(standby: Cluster) -> set[Fact]:
    """What a reader finds there, whom nobody else answers."""
    async with open_reader(f"postgresql://tests@127.0.0.1:{standby.port}/postgres") as reader:
        assert await reader.version() != 0
        assert (await reader.state()).sequence > 0
        found = await kept(reader, {point.key for point in await reader.points()})
    assert found
    return set(found)


async def test_a_standby_that_nothing_reaches_keeps_writers_waiting_instead_of_losing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", PATIENCE_S)
    async with pair(SYNCHRONOUS) as servers:
        pressure = Pressure(servers.address)
        async with pressure.going_on():
            await pressure.more(20)
            assert await read_at(servers.standby) <= pressure.generated
            await servers.cut()
            await until(lambda: pressure.writing.silent_s > 4 * PATIENCE_S)
            await asyncio.to_thread(servers.primary.kill)
            await servers.fail_over()
            await pressure.more(20)
        assert await pressure.lost() == set()


async def test_a_standby_that_is_not_synchronous_is_found_out() -> None:
    async with pair(ASYNCHRONOUS) as servers:
        pressure = Pressure(servers.address)
        async with pressure.going_on():
            await pressure.more(20)
            await servers.cut()
            await pressure.more(20)
            await asyncio.to_thread(servers.primary.kill)
            await servers.fail_over()
            await pressure.more(20)
        assert await pressure.lost()


async def test_what_a_child_repeats_is_only_answered_when_the_standby_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A primary that comes back alone shows what it committed last, but no standby has it yet."""
    monkeypatch.setattr(connection, "TIMEOUT_S", PATIENCE_S)
    async with house(tmp_path / "c.db", "school") as child:
        await child.live(0, 1)
    batches = await batches_of(tmp_path / "c.db", "school")
    async with pair(SYNCHRONOUS) as servers, open_store(servers.address, "cloud", SystemClock()) as store:
        assert await hand_in(store, batches[:-1]) == [Verdict.KEPT] * (len(batches) - 1)
        await servers.cut()
        with pytest.raises(StorageError):
            await hand_in(store, batches[-1:])
        await asyncio.to_thread(servers.primary.stop)
        await asyncio.to_thread(servers.primary.start)
        there = "SELECT count(*) FROM ledger JOIN origin ON number = origin WHERE NOT own"
        assert await servers.primary.ask(there) == len(batches)
        with pytest.raises(StorageError):
            await hand_in(store, batches[-1:])
        with pytest.raises(StorageError):
            await store.held([chain_of(batches[0])])
        await servers.attach(SYNCHRONOUS)
        assert await hand_in(store, batches[-1:]) == [Verdict.KNOWN]
