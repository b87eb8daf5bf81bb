"""Backups made while somebody writes, brought back into an empty place: what the store held at that moment, all of it (R15)."""

import asyncio
import math
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from backend.model.clock import SystemClock
from backend.model.delivery import StorageError
from backend.store.opening import open_store
from backend.store.reader import open_reader
from backend.wire.batch import read_header, unseal
from tests.support.cluster import Cluster, clusters, enemado
from tests.support.kin import Kin
from tests.support.node_process import ROOT, free_ports
from tests.support.postgres import missing
from tests.support.pressure import Pressure
from tests.support.school import School
from tests.support.small_site import write_settings
from tests.support.until import until
from tests.support.warm_start import WarmStart
from tests.support.witness import Fact, kept

SHORT = 2
SHORT_SERVER = 1
RECOVERY_S = 15 * 60.0
Work = Callable[[School, Path], Awaitable[None]]


async def command(*arguments: str | Path, code: int = 0) -> str:
    """Our program, as an operator calls it; what it says. Fails where it ends in another way."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", *map(str, arguments)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == code, said.decode()
    return said.decode()


async def back_up(school: School, backup: Path) -> None:
    await command("backup", backup, "--settings", school.settings)


async def bring_back(school: School, backup: Path) -> None:
    await command("restore", backup, "--settings", school.settings)


async def copy_plainly(school: School, backup: Path) -> None:
    """The planted fault: ``cp`` of the live file, made when something acknowledged is not yet in that file itself."""
    while True:
        before, known = school.cache.stat().st_mtime_ns, len(school.promised())
        await until(lambda known=known: len(school.promised()) > known)
        shutil.copyfile(school.cache, backup)
        if school.cache.stat().st_mtime_ns == before:
            return


async def put_back_plainly(school: School, backup: Path) -> None:
    shutil.copyfile(backup, school.cache)


@dataclass
class Comparison:
    """A store that was brought back, and the one that it came from."""

    missing: set[Fact]
    """Acknowledged before the backup began, and not there."""
    same_batches: bool
    """It has every batch up to its last sequence number, and each is the same to the byte."""
    same_readings: bool
    """Its readings are those of these batches."""

    @property
    def is_good(self) -> bool:
        return not self.missing and self.same_batches and self.same_readings


async def compare(live: Path, restored: Path, acknowledged: set[Fact]) -> Comparison:
    bodies = await asyncio.to_thread(batches, restored)
    last = read_header(bodies[-1]).first
    expected = [body for body in await asyncio.to_thread(batches, live) if read_header(body).first <= last]
    async with open_reader(restored) as reader:
        found = set(await kept(reader, {point.key for point in await reader.points()}))
    found = {fact for fact in found if not math.isnan(fact[2])}
    return Comparison(acknowledged - found, bodies == expected, found == facts_of(expected, numbers(restored)))


def batches(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM batch ORDER BY first")]


def numbers(path: Path) -> dict[int, str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT number, key FROM point").fetchall())


def facts_of(bodies: list[bytes], keys: dict[int, str]) -> set[Fact]:
    rows = [unseal(body).readings for body in bodies]
    return {
        (keys[point], at_ms, value)
        for part in rows
        for point, at_ms, value in zip(part.point.tolist(), part.at_ms.tolist(), part.value.tolist(), strict=True)
        if not math.isnan(value)
    }


async def drill(folder: Path, warm: WarmStart, make: Work, bring: Work, seconds: float) -> tuple[Comparison, School, float]:
    """Make a backup while devices write, and bring it back on another machine, where nothing is started yet.

    What came out, that machine, and how long it took there.
    """
    for name in ("here", "there"):
        (folder / name).mkdir(parents=True)
    here, there = School(folder / "here", start=warm), School(folder / "there", start=warm)
    async with here.devices():
        await here.live(seconds)
        acknowledged = here.promised()
        await make(here, folder / "backup")
        await here.live(0.2)
    await here.node.stop()
    began = time.monotonic()
    await bring(there, folder / "backup")
    took_s = time.monotonic() - began
    return await compare(here.cache, there.cache, acknowledged), there, took_s


async def test_what_comes_back_is_what_the_store_held(tmp_path: Path, warm: WarmStart, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    for number in range(times or SHORT):
        found, there, restored_s = await drill(tmp_path / str(number), warm, back_up, bring_back, luck.uniform(0.5, 3.0))
        assert found.is_good, found
        began = time.monotonic()
        async with there.devices():
            await there.node.start()
            await until(lambda there=there: there.promised())
            recovery_s = restored_s + time.monotonic() - began
        await there.node.stop()
        assert (await there.reckon()).lost == []
        async with open_reader(there.cache) as reader:
            causes = [event.data.get("cause") for event in await reader.events(0, 1 << 60, "node", 10_000)]
        assert causes.count("restored") == 1
        print(f"back, and acknowledging again, after {recovery_s:.1f} s")  # noqa: T201
        assert recovery_s <= RECOVERY_S


async def test_a_plain_copy_of_the_live_file_is_found_out(tmp_path: Path, warm: WarmStart) -> None:
    try:
        found, _, _ = await drill(tmp_path, warm, copy_plainly, put_back_plainly, 1.0)
    except (sqlite3.Error, StorageError, LookupError):
        return
    assert found.missing
    assert not found.is_good


async def test_a_restored_cloud_lacks_nothing_because_its_children_send_it_again(tmp_path: Path, warm: WarmStart) -> None:
    (tmp_path / "school").mkdir()
    kin, school = Kin(tmp_path), School(tmp_path / "school", start=warm)
    school.extend(f"parent: {{url: {kin.url!r}}}")
    kin.enrol(school.cache, school.name)
    cloud, backup = kin.process(), tmp_path / "backup"
    await cloud.start()
    async with school.devices():
        await school.live(1.0)
        await command("backup", backup, "--settings", kin.settings)
        await school.live(1.0)
        later = school.promised()
        await until(lambda: arrived(later, kin.cache))
        await cloud.kill()
        lose(kin.cache)
        began = time.monotonic()
        await command("restore", backup, "--settings", kin.settings)
        assert not await arrived(later, kin.cache)
        await cloud.start()
        await school.live(1.0)
        print(f"the cloud is back after {time.monotonic() - began:.1f} s")  # noqa: T201
    await school.arrived(kin.cache)
    assert (await school.reckon(kin.cache)).toll == (0, 0, 0)
    await school.node.stop()
    await cloud.stop()


def lose(cache: Path) -> None:
    """Cache, key and certificates; the authority lies elsewhere, or has a backup of its own."""
    for path in cache.parent.glob(f"{cache.name}*"):
        path.unlink()


async def arrived(facts: set[Fact], cloud: Path) -> bool:
    async with open_reader(cloud) as reader:
        return facts <= set(await kept(reader, {key for key, _, _ in facts}))


class Machines:
    """A database server that archives its log, and an empty place for another."""

    def __init__(self, folder: Path, server: Cluster, spare: Cluster) -> None:
        self.server, self.spare = server, spare
        self.archive = server.data.parent / "archive"
        self.backup = folder / "backup"
        self.address = f"postgresql://tests@127.0.0.1:{server.port}/postgres"
        self.settings = write_settings(folder, 1, free_ports(1)[0], self.address)

    async def begin(self) -> None:
        """Start the server as ``enemado backup archive`` says."""
        await asyncio.to_thread(self.server.create)
        self.archive.mkdir()
        shutil.chown(self.archive, self.server.data.owner())
        lines = await command("backup", "archive", "--to", self.archive, "--enemado", enemado())
        self.server.configure("".join(f"{line}\n" for line in lines.splitlines() if " = " in line))
        await asyncio.to_thread(self.server.start)

    async def archived(self) -> None:
        """Wait until the archive holds everything that was committed until now."""
        name = await self.server.ask("SELECT pg_walfile_name(pg_switch_wal())")
        await until((self.archive / f"{name}.gz").exists)

    async def recover(self, *options: str) -> str:
        """Bring the spare one to a moment; the address of its store."""
        place = ("--into", self.spare.data, "--archive", self.archive, "--enemado", enemado())
        await command("restore", self.backup, *place, *options)
        await asyncio.to_thread(self.spare.start)

        async def is_recovered() -> bool:
            return not await self.spare.ask("SELECT pg_is_in_recovery()")

        await until(is_recovered)
        return f"postgresql://tests@127.0.0.1:{self.spare.port}/postgres"


async def state_of(address: str) -> tuple[list[bytes], set[Fact]]:
    """Every batch, and every reading."""
    link = await asyncpg.connect(address)
    bodies = [body for (body,) in await link.fetch("SELECT body FROM batch ORDER BY origin, first")]
    await link.close()
    async with open_reader(address) as reader:
        return bodies, set(await kept(reader, {point.key for point in await reader.points()}))


async def test_a_server_comes_back_at_a_moment_between_two_commits(tmp_path: Path, times: int | None) -> None:
    if (reason := missing()) is not None:
        pytest.skip(reason)
    for number in range(times or SHORT_SERVER):
        (folder := tmp_path / str(number)).mkdir()
        with clusters("server", "spare") as found:
            await recover_a_server(Machines(folder, *found))


async def recover_a_server(machines: Machines) -> None:
    await machines.begin()
    pressure = Pressure(machines.address)
    async with pressure.going_on():
        await pressure.more(20)
        await command("backup", machines.backup, "--settings", machines.settings)
        await pressure.more(20)
    before, acknowledged = await state_of(machines.address), set(pressure.acknowledged)
    moment = await machines.server.ask("SELECT clock_timestamp()::text")
    async with pressure.going_on():
        await pressure.more(20)
    await machines.archived()
    await asyncio.to_thread(machines.server.kill)
    began = time.monotonic()
    address = await machines.recover("--at", moment)
    print(f"recovered after {time.monotonic() - began:.1f} s")  # noqa: T201
    after = await state_of(address)
    assert after == before
    assert acknowledged <= after[1]
    async with open_store(address, "cloud", SystemClock()), open_reader(address) as reader:
        causes = [event.data.get("cause") for event in await reader.events(0, 1 << 60, "node", 10_000)]
    assert causes.count("restored") == 1
    assert time.monotonic() - began <= RECOVERY_S
    await refuse_what_cannot_be(machines)


async def refuse_what_cannot_be(machines: Machines) -> None:
    """A moment before the backup was whole, a place that is taken, and a backup of which a byte is another."""
    elsewhere = machines.spare.data.with_name("elsewhere")
    place = ("--into", elsewhere, "--archive", machines.archive)
    assert "was whole at" in await command("restore", machines.backup, *place, "--at", "2026-01-01T00:00Z", code=1)
    assert "already" in await command("restore", machines.backup, "--into", machines.spare.data, code=1)
    assert "is whole" in await command("backup", "check", machines.backup)
    damaged = machines.backup / "data" / "PG_VERSION"
    damaged.write_bytes(b"16\n")
    assert "PG_VERSION" in await command("backup", "check", machines.backup, code=1)
    assert "PG_VERSION" in await command("restore", machines.backup, *place, code=1)
    assert not elsewhere.exists()
