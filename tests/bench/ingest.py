"""How fast readings become durable, beside bare rows in the same run: ``python -m tests.bench.ingest [--quick]``."""

import argparse
import asyncio
import gc
import sqlite3
import statistics
import tempfile
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import typer

from backend.intake import Intake, Limits, open_intake
from backend.model.columns import Columns
from backend.model.delivery import Delivery
from backend.model.reading import Reading
from backend.store.served import ServedStore
from backend.store.sqlite import open_store
from tests.bench.load import Load, SimulatedClock, town

GROUP = 500
OUTSTANDING = 4
"""Groups under way at once, as intake itself allows."""
HOUR_MS = 3_600_000
START_MS = 497_500 * HOUR_MS


@dataclass
class Figures:
    """What one way of writing cost."""

    readings: int = 0
    seconds: float = 0.0
    written: int = 0
    pauses: list[float] = field(default_factory=list)
    at_rest: int = 0

    @property
    def rate(self) -> float:
        return self.readings / self.seconds

    @contextmanager
    def measuring(self, readings: int) -> Generator[None]:
        written, start = written_bytes(), perf_counter()
        yield
        self.seconds += perf_counter() - start
        self.written += written_bytes() - written
        self.readings += readings


def written_bytes() -> int:
    """Bytes this process caused to be written to the disk so far."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    raise RuntimeError("no write_bytes")


class BareTable:
    """The limit: the same rows into a bare table, same durability, same groups."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE reading (point, at_ms, value, quality, flags)")

    def write(self, rows: list[tuple[int, int, float, int, int]], longest: list[float]) -> None:
        for start in range(0, len(rows), GROUP):
            began = perf_counter()
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?)", rows[start : start + GROUP])
            self._connection.execute("COMMIT")
            longest.append(perf_counter() - began)

    def close(self) -> None:
        self._connection.close()


async def write_groups(groups: list[Callable[[], "asyncio.Future[None]"]], pauses: list[float]) -> None:
    """Hand in group after group, a few under way at once; how long each took to be on disk."""
    under_way: deque[tuple[float, asyncio.Future[None]]] = deque()

    async def finish() -> None:
        began, future = under_way.popleft()
        await future
        pauses.append(perf_counter() - began)

    for group in groups:
        if len(under_way) == OUTSTANDING:
            await finish()
        under_way.append((perf_counter(), group()))
    while under_way:
        await finish()


def as_rows(columns: Columns) -> list[tuple[int, int, float, int, int]]:
    parts = (columns.point, columns.at_ms, columns.value, columns.quality, columns.flags)
    return list(zip(*(part.tolist() for part in parts), strict=True))


def as_readings(columns: Columns, keys: dict[int, str]) -> list[Reading]:
    rows = zip(columns.point.tolist(), columns.at_ms.tolist(), columns.value.tolist(), strict=True)
    return [Reading(keys[point], at_ms, value) for point, at_ms, value in rows]


async def settle(store: ServedStore) -> None:
    while await store.fold():
        pass


@dataclass
class Plan:
    """One run."""

    points: int
    ticks: int
    before_hour_ms: int
    slice_ticks: int = 10
    group: int = GROUP
    objects: bool = False
    bare: bool = True


async def run(folder: Path, plan: Plan, seed: int) -> tuple[Figures, Figures]:
    """Write the planned readings through intake, interleaved with bare rows."""
    ours, bare = Figures(), Figures()
    start_ms = START_MS - plan.before_hour_ms
    clock = SimulatedClock(start_ms)
    path = folder / "cache.db"
    table = BareTable(folder / "bare.db") if plan.bare else None
    limits = Limits(seal_at=plan.group)
    async with open_store(path, "bench", clock) as store, open_intake(store, clock, limits) as intake:
        sites, devices, points = town(plan.points, 1.0)
        await intake.define(sites, devices)
        await intake.declare(points)
        numbers = intake.numbers()
        load = Load([numbers[point.key] for point in points], start_ms, 1000, seed)
        keys = {number: key for key, number in numbers.items()}
        gc.collect()
        gc.freeze()  # As the node does.
        for _ in range(0, plan.ticks, plan.slice_ticks):
            columns = load.take(plan.slice_ticks)
            groups = _groups(intake, columns, plan, keys)
            clock.at_ms = load.now_ms
            with ours.measuring(len(columns)):
                await write_groups(groups, ours.pauses)
                await settle(store)
            if table is not None:
                rows = as_rows(columns)
                with bare.measuring(len(columns)):
                    table.write(rows, bare.pauses)
        clock.at_ms += HOUR_MS
        with ours.measuring(0):
            await settle(store)
    ours.at_rest = path.stat().st_size
    if table is not None:
        table.close()
        bare.at_rest = (folder / "bare.db").stat().st_size
    return ours, bare


def _groups(intake: Intake, columns: Columns, plan: Plan, keys: dict[int, str]) -> list[Callable[[], "asyncio.Future[None]"]]:
    parts = [columns.take(slice(start, start + plan.group)) for start in range(0, len(columns), plan.group)]
    if plan.objects:
        deliveries = [Delivery(as_readings(part, keys)) for part in parts]
        return [lambda d=delivery: intake.accept(d) for delivery in deliveries]
    return [lambda p=part: intake.accept_columns(p) for part in parts]


def measure(plan: Plan, seed: int, folder: Path) -> tuple[Figures, Figures]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=folder) as place:
        return asyncio.run(run(Path(place), plan, seed))


def table_row(name: str, figures: Figures) -> None:
    per = figures.readings
    typer.echo(
        f"{name:<24}{figures.rate:>12,.0f}{figures.written / per:>12.1f}{figures.at_rest / per:>10.2f}"
        f"{max(figures.pauses) * 1000:>12.1f}{statistics.median(figures.pauses) * 1000:>10.2f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="minutes instead of hours, once instead of three times")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    runs = 1 if options.quick else 3
    ticks = 3600 if options.quick else 3 * 3600
    typer.echo(f"{'':<24}{'readings/s':>12}{'written/r':>12}{'at rest':>10}{'longest ms':>12}{'median':>10}")
    columns: list[tuple[Figures, Figures]] = []
    for number in range(runs):
        columns.append(measure(Plan(1000, ticks, HOUR_MS), options.seed + number, options.dir))
        table_row("bare rows", columns[-1][1])
        table_row("columns", columns[-1][0])
    objects, _ = measure(Plan(1000, min(ticks, 1200), 600_000, objects=True, bare=False), options.seed, options.dir)
    table_row("Reading objects", objects)
    hours = 1 if options.quick else 3
    small, _ = measure(Plan(40, hours * 3600, HOUR_MS // 2, 2, 80, bare=False), options.seed, options.dir)
    table_row("40 points, every 2 s", small)
    bars = [
        ("columns over bare rows", statistics.median(o.rate / b.rate for o, b in columns), 0.8, False),
        ("Reading objects a second", objects.rate, 250_000.0, False),
        ("longest pause, ms, median of runs", statistics.median(max(o.pauses) * 1000 for o, _ in columns), 25.0, True),
        ("bytes written per reading", statistics.median(o.written / o.readings for o, _ in columns), 50.0, True),
        ("40 points: MB a day", small.written / hours * 24 / 1e6, 500.0, True),
    ]
    if not options.quick:
        # In a single hour the room of its fragments, free again by then, would count for too much.
        bars.append(("bytes at rest per reading", statistics.median(o.at_rest / o.readings for o, _ in columns), 7.0, True))
    return verdict(bars)


def verdict(bars: list[tuple[str, float, float, bool]]) -> int:
    """Print each figure beside its bar, the last line with all; 1 when one is short."""
    words: list[str] = []
    short = False
    for name, figure, bar, at_most in bars:
        met = figure <= bar if at_most else figure >= bar
        short |= not met
        words.append(f"{name} {figure:,.2f} ({'at most' if at_most else 'at least'} {bar:,g}{'' if met else ': SHORT'})")
        typer.echo(words[-1])
    typer.echo("; ".join(words))
    return int(short)


if __name__ == "__main__":
    raise SystemExit(main())
