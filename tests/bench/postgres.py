"""How fast PostgreSQL keeps and folds readings, beside bare binary COPY of the same rows: ``python -m tests.bench.postgres``."""

import argparse
import asyncio
from collections import deque
from time import perf_counter
from typing import Any

import asyncpg
import typer

from backend.model.columns import Columns
from backend.store.contract import Store
from backend.store.postgres import open_store
from backend.store.reader import open_reader
from tests.bench.ingest import HOUR_MS, OUTSTANDING, START_MS, Figures, as_rows
from tests.bench.load import Load, SimulatedClock, town
from tests.support.postgres import missing, postgres_server

SLICE_TICKS = 60
COLUMNS = ("point", "at_ms", "value", "quality", "flags")
BARE = "CREATE TABLE reading (point INTEGER, at_ms BIGINT, value DOUBLE PRECISION, quality BIGINT, flags SMALLINT)"


async def commit_all(store: Store, columns: Columns, group: int) -> None:
    """Hand in group after group, a few under way at once."""
    under_way: deque[asyncio.Task[None]] = deque()
    async with asyncio.TaskGroup() as tasks:
        for start in range(0, len(columns), group):
            if len(under_way) == OUTSTANDING:
                await under_way.popleft()
            part = columns.take(slice(start, start + group))
            under_way.append(tasks.create_task(store.commit(part, [], []), name="commit"))


async def settle(store: Store) -> None:
    while await store.fold():
        pass


async def copy_all(link: Any, rows: list[tuple[int, int, float, int, int]], group: int) -> None:
    for start in range(0, len(rows), group):
        await link.copy_records_to_table("reading", records=rows[start : start + group], columns=COLUMNS)


async def run(ours_at: str, bare_at: str, options: argparse.Namespace) -> dict[str, Figures]:
    """The same readings both ways, by turns."""
    figures = {"commit": Figures(), "fold": Figures(), "COPY in groups": Figures(), "COPY in one go": Figures()}
    start_ms = START_MS - options.ticks * 1000 // 2
    clock = SimulatedClock(start_ms)
    link = await asyncpg.connect(bare_at)
    await link.execute(BARE)
    async with open_store(ours_at, "bench", clock) as store:
        sites, devices, points = town(options.points, 1.0)
        await store.define(sites, devices)
        numbers = await store.number(points)
        load = Load([numbers[point.key] for point in points], start_ms, 1000, options.seed)
        for _ in range(0, options.ticks, SLICE_TICKS):
            columns = load.take(SLICE_TICKS)
            clock.at_ms = load.now_ms
            with figures["commit"].measuring(len(columns)):
                await commit_all(store, columns, options.group)
            with figures["fold"].measuring(len(columns)):
                await settle(store)
            rows = as_rows(columns)
            with figures["COPY in groups"].measuring(len(columns)):
                await copy_all(link, rows, options.group)
            with figures["COPY in one go"].measuring(len(columns)):
                await copy_all(link, rows, len(rows))
        clock.at_ms += HOUR_MS
        with figures["fold"].measuring(0):
            await settle(store)
        async with open_reader(ours_at) as reader:
            assert (await reader.state()).unfolded == 0
    await link.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--ticks", type=int, default=1200, help="seconds of one reading per point")
    parser.add_argument("--group", type=int, default=500, help="readings per commit")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    reason = missing()
    if reason is not None:
        raise SystemExit(reason)
    with postgres_server(durable=True) as server:
        began = perf_counter()
        addresses = [asyncio.run(server.new_database()) for _ in range(2)]
        figures = asyncio.run(run(addresses[0], addresses[1], options))
    for name, each in figures.items():
        typer.echo(f"{name:<18}{each.rate:>12,.0f} readings/s")
    ours = figures["commit"].readings / (figures["commit"].seconds + figures["fold"].seconds)
    typer.echo(f"{'commit and fold':<18}{ours:>12,.0f} readings/s  ({perf_counter() - began:.0f} s)")


if __name__ == "__main__":
    main()
