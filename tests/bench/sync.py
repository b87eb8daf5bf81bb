"""How fast a cloud takes in what a node sends, beside the same rows bare: ``python -m tests.bench.sync [--quick]``.

Sent over HTTPS on loopback, verified, committed and folded by a cloud in a process of its own; beside it ``executemany`` into a
bare table of SQLite and binary COPY into one of PostgreSQL, in groups of the same size and by turns.
"""

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import asyncpg
import typer

from backend.identity.credentials import Credentials
from backend.identity.node_key import open_node_key
from backend.intake import open_intake
from backend.model.columns import Columns
from backend.store.contract import Reader
from backend.store.exchange import Outbox
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from backend.sync.line import Line
from backend.sync.service import LINES
from backend.sync.uplink import Uplink
from tests.bench.ingest import GROUP, HOUR_MS, BareTable, Figures, as_rows, verdict
from tests.bench.load import Load, SimulatedClock, town
from tests.bench.postgres import BARE, copy_all
from tests.support.kin import Kin, now_ms
from tests.support.postgres import missing, postgres_server
from tests.support.until import until

POINTS = 1000
ROUND_TICKS = 600
PARCEL_BYTES = 1 << 20
PATIENCE_S = 300.0
SPILL_READINGS = 60_000
"""So many may stay in the journal for a while: the fold takes them together."""
Rows = list[tuple[int, int, float, int, int]]
Bare = Callable[[Rows, Figures], Awaitable[None]]


@dataclass
class Relay:
    """Counts what passes between a sender and a port."""

    target: int
    passed: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[int]:
        """The port to send to."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for writer in self._writers:
                writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, onward = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers += [writer, onward]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pass(reader, onward), name="there")
            tasks.create_task(self._pass(answers, writer), name="back")

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()


class Sender:
    """A node's store and what it sends; the bench commits, then has it all sent."""

    def __init__(self, kin: Kin, seed: int) -> None:
        self._kin = kin
        self._cache = kin.folder / "sender.enemado"
        self._seed = seed
        self._clock = SimulatedClock(now_ms() // HOUR_MS * HOUR_MS - HOUR_MS * 2)
        kin.enrol(self._cache, "sender")

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Sender"]:
        key = open_node_key(self._cache)
        async with (
            open_store(self._cache, "sender", self._clock, signer=key) as self._store,
            open_outbox(self._cache) as self._outbox,
            open_intake(self._store, self._clock) as self._intake,
        ):
            sites, devices, points = town(POINTS, 1.0)
            await self._store.define(sites, devices)
            numbers = await self._store.number(points)
            self._load = Load([numbers[point.key] for point in points], self._clock.at_ms, 1000, self._seed)
            yield self

    async def commit(self, ticks: int) -> Columns:
        """So many seconds of readings more, in batches."""
        columns = self._load.take(ticks)
        for start in range(0, len(columns), GROUP):
            await self._store.commit(columns.take(slice(start, start + GROUP)))
        self._clock.at_ms = self._load.now_ms
        return columns

    async def send(self, url: str, place: Path | str) -> None:
        """Until the cloud has and has folded everything."""
        last = (await self._outbox.chains())[0].held.last
        lines = [Line.of_member(url, Credentials(self._cache)) for _ in range(LINES)]
        uplink = Uplink(lines, self._outbox, self._store, self._intake, self._clock, PARCEL_BYTES)
        try:
            async with asyncio.TaskGroup() as tasks, open_reader(place) as reader, open_outbox(place) as there:
                sending = tasks.create_task(uplink.run(), name="uplink")
                await until(lambda: _folded(reader, there, last), PATIENCE_S)
                sending.cancel()
        finally:
            for line in lines:
                await line.close()


async def _folded(reader: Reader, there: Outbox, last: int) -> bool:
    held = [each.held for each in await there.chains() if not each.own]
    return bool(held) and held[0].contiguous_upto >= last and (await reader.state()).unfolded < SPILL_READINGS


async def run(kin: Kin, rounds: int, seed: int, bare: Bare) -> tuple[Figures, Figures, float]:
    """Ours, bare, and bytes on the wire for a reading."""
    ours, theirs = Figures(), Figures()
    cloud = kin.process()
    place = kin.store or kin.cache
    await cloud.start()
    try:
        async with Sender(kin, seed).open() as sender:
            relay = Relay(kin.port)
            # The first show what goes over the wire, both ways, and warm both sides up.
            sent = len(await sender.commit(ROUND_TICKS))
            async with relay.open() as port:
                await sender.send(f"https://127.0.0.1:{port}", place)
            wire = relay.passed / sent
            for _ in range(rounds):
                columns = await sender.commit(ROUND_TICKS)
                began = perf_counter()
                await sender.send(kin.url, place)
                ours.seconds += perf_counter() - began
                ours.readings += len(columns)
                await bare(as_rows(columns), theirs)
    finally:
        await cloud.stop()
    return ours, theirs, wire


async def beside_sqlite(folder: Path, rounds: int, seed: int) -> tuple[Figures, Figures, float]:
    table = BareTable(folder / "bare.db")

    async def bare(rows: Rows, figures: Figures) -> None:
        with figures.measuring(len(rows)):
            table.write(rows, figures.pauses)

    try:
        return await run(Kin(folder / "sqlite"), rounds, seed, bare)
    finally:
        table.close()


async def beside_postgres(folder: Path, rounds: int, seed: int, ours_at: str, bare_at: str) -> tuple[Figures, Figures, float]:
    link = await asyncpg.connect(bare_at)
    await link.execute(BARE)

    async def bare(rows: Rows, figures: Figures) -> None:
        with figures.measuring(len(rows)):
            await copy_all(link, rows, GROUP)

    try:
        return await run(Kin(folder / "postgres", store=ours_at), rounds, seed, bare)
    finally:
        await link.close()


def measure(folder: Path, rounds: int, seed: int) -> dict[str, tuple[Figures, Figures, float]]:
    """Both stores; PostgreSQL where there is one."""
    found = {"SQLite": asyncio.run(beside_sqlite(folder, rounds, seed))}
    reason = missing()
    if reason is not None:
        typer.echo(reason)
        return found
    with postgres_server(durable=True) as server:
        ours_at, bare_at = (asyncio.run(server.new_database()) for _ in range(2))
        found["PostgreSQL"] = asyncio.run(beside_postgres(folder, rounds, seed, ours_at, bare_at))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=options.dir) as place:
        found = measure(Path(place).absolute(), 2 if options.quick else 8, options.seed)
    bars: list[tuple[str, float, float, bool]] = []
    typer.echo(f"{'':<14}{'sent/s':>12}{'bare/s':>12}{'bytes/reading':>16}")
    for name, (ours, bare, wire) in found.items():
        typer.echo(f"{name:<14}{ours.rate:>12,.0f}{bare.rate:>12,.0f}{wire:>16.2f}")
        bars.append((f"{name} over bare rows", ours.rate / bare.rate, 0.3, False))
        bars.append((f"{name}: bytes on the wire", wire, 3.6, True))
    return verdict(bars)


if __name__ == "__main__":
    raise SystemExit(main())
