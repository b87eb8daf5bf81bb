"""An outage of three days drained into a cloud while new readings go on: ``python -m tests.bench.drain [--quick]``.

School and cloud are processes of their own and speak HTTPS on loopback. The school was cut for 72 hours (20 points at 1 s, sealed
every 2 s); the bench looks at the cloud's file to see when everything is there, and how old the newest reading is meanwhile.
"""

import argparse
import asyncio
import contextlib
import os
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import typer

from backend.identity.node_key import open_node_key
from backend.simulation.sunspec import pseudo_inverter
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from tests.bench.ingest import verdict
from tests.bench.load import Load, SimulatedClock, town
from tests.support.kin import Kin, now_ms
from tests.support.node_process import NodeProcess, free_ports

POINTS = 20
EVERY_S = 2
LIVE = "school/pcs1/ac_power"
HOUR_MS = 3_600_000


async def make_past(cache: Path, hours: float, node: str) -> int:
    """A store with the readings of so many hours up to now, none of them sent; how many."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    end_ms = now_ms()
    start_ms = end_ms - round(hours * HOUR_MS)
    clock = SimulatedClock(start_ms)
    database = Database(cache)
    store = ServedStore(Ledger(database, node, clock, Retention(), open_node_key(cache)))
    await store.open()
    # Making the past need not survive a power cut.
    await store._call(lambda: database.execute("PRAGMA synchronous=OFF"))
    sites, devices, points = town(POINTS, 1.0)
    await store.define(sites, devices)
    numbers = await store.number(points)
    load = Load([numbers[point.key] for point in points], start_ms, 1000, 1)
    count = 0
    while load.now_ms < end_ms:
        columns = load.take(600)
        for start in range(0, len(columns), POINTS * EVERY_S):
            part = columns.take(slice(start, start + POINTS * EVERY_S))
            clock.at_ms = int(part.at_ms[-1])
            await store.commit(part)
            count += len(part)
        while await store.fold():
            pass
    await store.close()
    return count


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def worked_s(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Watch:
    """What was seen while it went on."""

    ages_s: list[float] = field(default_factory=list)
    school: list[int] = field(default_factory=list)
    cloud: list[int] = field(default_factory=list)
    seconds: float = 0.0
    ready_s: float = 0.0
    school_s: float = 0.0
    """Seconds of processor."""
    cloud_s: float = 0.0


async def watch(kin: Kin, cache: Path, school: NodeProcess, cloud: NodeProcess, readings: int) -> Watch:
    """Look twice a second until the cloud has everything."""
    seen = Watch()
    began, cloud_s = time.perf_counter(), worked_s(cloud.pid)
    await school.start()
    seen.ready_s = time.perf_counter() - began
    async with open_reader(kin.cache) as reader:
        with contextlib.closing(sqlite3.connect(f"file:{kin.cache}?mode=ro", uri=True)) as counting:
            there, upto = 0, 0
            while there < readings:
                await asyncio.sleep(0.5)
                sql = "SELECT coalesce(sum(readings), 0), coalesce(max(id), ?) FROM received WHERE id > ?"
                more, upto = counting.execute(sql, (upto, upto)).fetchone()
                there += more
                seen.school.append(resident(school.pid))
                seen.cloud.append(resident(cloud.pid))
                newest = (await reader.latest([LIVE])).get(LIVE)
                if newest is not None:
                    seen.ages_s.append((now_ms() - newest.at_ms) / 1000)
    seen.seconds = time.perf_counter() - began
    seen.school_s, seen.cloud_s = worked_s(school.pid), worked_s(cloud.pid) - cloud_s
    return seen


async def run(folder: Path, hours: float) -> tuple[Watch, int]:
    kin = Kin(folder)
    inverter = pseudo_inverter("SN-1", strings=0)
    inverter.put(103, {"W": 1000, "WH": 52_600, "St": 4})
    (ocpp,) = free_ports(1)
    async with inverter.serve((126,)) as server:
        settings = kin.school(server.port, ocpp)
        settings.write_text(settings.read_text("utf-8").replace("batch_seconds: 0.2", f"batch_seconds: {EVERY_S}"), "utf-8")
        cache = settings.parent / "node.enemado"
        began = time.perf_counter()
        readings = await make_past(cache, hours, "Test node")
        typer.echo(f"prepared {readings:,} readings in {time.perf_counter() - began:.0f} s")
        cloud, school = kin.process(), NodeProcess(settings, ocpp)
        began = time.perf_counter()
        await cloud.start()
        typer.echo(f"cloud ready in {time.perf_counter() - began:.1f} s")
        try:
            return await watch(kin, cache, school, cloud, readings), readings
        finally:
            await school.stop()
            await cloud.stop()


def growth(rows: list[int]) -> float:
    """MiB above what it was at the start, at most."""
    return (max(rows) - rows[0]) / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="6 hours instead of 72; the bar shrinks with them")
    parser.add_argument("--hours", type=float, default=72.0)
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    hours = 6.0 if options.quick else options.hours
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=options.dir) as place:
        seen, readings = asyncio.run(run(Path(place).absolute(), hours))
    typer.echo(f"{readings:,} readings of {hours:g} h in {seen.seconds:.1f} s: {readings / seen.seconds:,.0f} readings/s")
    typer.echo(f"seconds of processor: school {seen.school_s:.1f}, cloud {seen.cloud_s:.1f}")
    typer.echo(f"resident memory, MiB: school {max(seen.school) / 2**20:.0f}, cloud {max(seen.cloud) / 2**20:.0f}")
    ages = np.array(seen.ages_s)
    return verdict(
        [
            ("seconds to drain", seen.seconds, 60.0 * hours / 72.0 + (5.0 if options.quick else 0.0), True),
            ("age of live data, s, p95", float(np.quantile(ages, 0.95)), 5.0, True),
            ("memory of the school, MiB more", growth(seen.school), 64.0, True),
            ("memory of the cloud, MiB more", growth(seen.cloud), 64.0, True),
            ("seconds until ready", seen.ready_s, 5.0, True),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
