"""A past for the API's bench: 25 sites of 40 points; 40 main points every 5 s, the others every minute. Made once and kept."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import asyncpg
import typer

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.site import Place, Site
from backend.store.opening import open_store
from backend.store.postgres import schema as postgres
from backend.store.sqlite import schema as sqlite
from tests.bench.load import SimulatedClock
from tests.bench.past import END_MS, HOUR_MS, KEEP_ALL, Stream, write_past
from tests.support.postgres import Server, postgres_server

SITES = 25
POINTS = 1000
MAIN_EVERY = 25
MAIN_MS, CROWD_MS = 5_000, 60_000
HOURS = {1: (26, 4), 10: (300, 24), 50: (1688, 24)}
"""How many hours back main points and others go, by millions of readings: the same points, only the past is longer."""
SEED = 1
FORMAT = hashlib.sha256(repr((postgres.MIGRATIONS, sqlite.MIGRATIONS)).encode()).hexdigest()[:8]
"""Pasts of another format are made anew."""


@dataclass(frozen=True)
class Town:
    """Who is there, and what all of them said."""

    sites: list[Site]
    devices: list[Device]
    streams: list[Stream]

    @property
    def main(self) -> list[str]:
        """Points with a long past."""
        return [stream.point.key for stream in self.streams if stream.interval_ms == MAIN_MS]


def town(millions: int) -> Town:
    """The town of a past of so many readings."""
    sites = [Site(f"school{number}", {"en": f"School {number}"}, Place(35.0, 139.0), "Asia/Tokyo") for number in range(SITES)]
    found = Town(sites, [], [])
    for site in sites:
        for name, interval_ms in (("main", MAIN_MS), ("meter", CROWD_MS)):
            device = Device(f"{site.key}/{name}", site.key, DeviceKind.METER, {"en": name}, "none", interval_s=interval_ms / 1000)
            found.devices.append(device)
    main_hours, crowd_hours = HOURS[millions]
    for number in range(POINTS):
        is_main = number % MAIN_EVERY == 0
        interval_ms, hours = (MAIN_MS, main_hours) if is_main else (CROWD_MS, crowd_hours)
        device = f"{sites[number * SITES // POINTS].key}/{'main' if is_main else 'meter'}"
        start_ms = END_MS - hours * HOUR_MS
        found.streams.append(Stream(Point(device, _spec(number)), number + 1, start_ms, interval_ms, 50))
    return found


def _spec(number: int) -> PointSpec:
    if number % 4 == 0:
        return PointSpec(f"energy{number}", Unit.WATT_HOUR, PointKind.ACCUMULATING, digits=0)
    return PointSpec(f"power{number}", Unit.WATT, digits=0)


async def build(place: Path | str, millions: int) -> int:
    """Write the past through the store, as a node would have."""
    there = town(millions)
    clock = SimulatedClock(END_MS - max(HOURS[millions]) * HOUR_MS)
    async with open_store(place, "bench", clock, KEEP_ALL) as store:
        await store.define(there.sites, there.devices)
        count = await write_past(store, clock, there.streams, SEED)
        await store.commit(Columns.empty(), _events(there))
    return count


def _events(there: Town) -> list[Event]:
    """Something happened every ten minutes of the last day."""
    times = range(END_MS - 24 * HOUR_MS, END_MS, HOUR_MS // 6)
    return [Event(at_ms, EventKind.DEVICE_CONNECTED, there.devices[at_ms // 600_000 % SITES].key) for at_ms in times]


class Files:
    """Pasts as cache files."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def original(self, millions: int) -> Path:
        """The past as it was made; to be read only."""
        return self._folder / f"{millions}-{FORMAT}.db"

    async def prepare(self, millions: int) -> None:
        """Make the past where it is not there yet."""
        if self.original(millions).exists():
            return
        for older in self._folder.glob(f"{millions}-*.db*"):
            older.unlink()
        draft = self._folder / "draft.db"
        for leftover in self._folder.glob("draft.db*"):
            leftover.unlink()
        await _told(draft, self.name, millions)
        draft.rename(self.original(millions))
        draft.with_name("draft.db.lock").unlink(missing_ok=True)

    @asynccontextmanager
    async def copy(self, millions: int) -> AsyncGenerator[Path]:
        """One that may be written to."""
        with TemporaryDirectory(dir=self._folder) as place:
            path = Path(place) / "copy.db"
            await asyncio.to_thread(shutil.copyfile, self.original(millions), path)
            yield path


class Databases:
    """Pasts as databases of one server."""

    name = "PostgreSQL"

    def __init__(self, server: Server) -> None:
        self._server = server

    def original(self, millions: int) -> str:
        """The past as it was made; to be read only."""
        return self._server.address(f"past{millions}_{FORMAT}")

    async def prepare(self, millions: int) -> None:
        """Make the past where it is not there yet."""
        name = f"past{millions}_{FORMAT}"
        if await self._do(f"SELECT datname FROM pg_database WHERE datname = '{name}'"):
            return
        while older := await self._do(f"SELECT datname FROM pg_database WHERE datname LIKE 'past{millions}\\_%' LIMIT 1"):
            await self._do(f"DROP DATABASE {older}")
        await self._do("DROP DATABASE IF EXISTS draft")
        await self._do("CREATE DATABASE draft")
        await _told(self._server.address("draft"), self.name, millions)
        await self._do(f"ALTER DATABASE draft RENAME TO {name}")

    @asynccontextmanager
    async def copy(self, millions: int) -> AsyncGenerator[str]:
        """One that may be written to."""
        await self._do("DROP DATABASE IF EXISTS copy")
        await self._do(f"CREATE DATABASE copy TEMPLATE past{millions}_{FORMAT}")
        try:
            yield self._server.address("copy")
        finally:
            await self._do("DROP DATABASE copy WITH (FORCE)")

    async def _do(self, sql: str) -> object:
        link = await asyncpg.connect(self._server.address("postgres"), command_timeout=600)
        try:
            return await link.fetchval(sql)
        finally:
            await link.close()


Pasts = Files | Databases


@contextmanager
def files(folder: Path, sizes: Sequence[int]) -> Generator[Files]:
    """Cache files of these sizes, kept in the folder."""
    found = Files(folder)
    for millions in sizes:
        asyncio.run(found.prepare(millions))
    yield found


@contextmanager
def databases(folder: Path, sizes: Sequence[int]) -> Generator[Databases]:
    """Databases of these sizes, kept in the folder; only once they are made the server waits for the disk."""
    with postgres_server(kept=folder / "pg") as server:
        for millions in sizes:
            asyncio.run(Databases(server).prepare(millions))
    with postgres_server(durable=True, kept=folder / "pg") as server:
        yield Databases(server)


async def _told(place: Path | str, name: str, millions: int) -> None:
    began = perf_counter()
    count = await build(place, millions)
    typer.echo(f"{name}: {count:,} readings prepared in {perf_counter() - began:.0f} s")
