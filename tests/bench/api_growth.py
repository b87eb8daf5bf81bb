"""What each statistic reads of a store, in rows and bytes, as the past grows longer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from backend.store.contract import Level, Reader
from backend.store.postgres.source import DatabaseConnection
from backend.store.reader import Opening
from tests.bench.api_past import Pasts, town
from tests.bench.past import DAY_MS, END_MS, HOUR_MS
from tests.bench.questions import StepCounter, read_bytes

Ask = Callable[[Reader], Awaitable[Any]]
PAGE = 8192


def statistics(millions: int) -> dict[str, Ask]:
    """The reader's questions behind the API's answers, each about the same time in a past of any length."""
    there = town(millions)
    point = there.main[1]
    energy = next(key for key in there.main if "energy" in key)
    site = [stream.point.key for stream in there.streams if stream.point.key.startswith("school3/")]
    end_ms = END_MS // HOUR_MS * HOUR_MS - HOUR_MS
    return {
        "latest of a site": lambda r: r.latest(site),
        "a point's hour": lambda r: r.raw(point, end_ms - 3 * HOUR_MS, end_ms - 2 * HOUR_MS),
        "a point's day at 1 min": lambda r: r.rollup(point, Level.MINUTE, end_ms - DAY_MS, end_ms),
        "a point's day at 15 min": lambda r: r.rollup(point, Level.QUARTER, end_ms - DAY_MS, end_ms),
        "a point's day at 1 h": lambda r: r.rollup(point, Level.HOUR, end_ms - DAY_MS, end_ms),
        "energy of a day": lambda r: r.energy_by_day([energy], date(2026, 9, 4), date(2026, 9, 4)),
        "events of a day": lambda r: r.events(END_MS - DAY_MS, END_MS),
    }


async def of_file(path: Path, ask: Ask) -> tuple[int, int]:
    """Steps of SQLite's machine and bytes out of the file, on a connection that knows the points and has read nothing else."""
    counter = StepCounter(path)
    async with Opening(counter.connection()) as reader:
        await reader.points()
        counter.steps, before = 0, read_bytes()
        await ask(reader)
        return counter.steps, read_bytes() - before


async def of_database(address: str, ask: Ask) -> tuple[int, int]:
    """Rows that PostgreSQL's scans gave and bytes of the pages it looked at, as its own statistics say."""
    connection = DatabaseConnection(address)
    async with Opening(connection) as reader:
        await reader.points()
        before = await _counted(connection)
        await _counted(connection)
        none = await _counted(connection)
        await ask(reader)
        after = await _counted(connection)
    idle = [one - other for one, other in zip(none, before, strict=True)]
    return after[0] - none[0] - idle[0] // 2, (after[1] - none[1] - idle[1] // 2) * PAGE


async def _counted(connection: DatabaseConnection) -> tuple[int, int]:
    sql = (
        "SELECT sum(pg_stat_get_tuples_returned(c.oid) + pg_stat_get_tuples_fetched(c.oid))::bigint,"
        " sum(pg_stat_get_blocks_fetched(c.oid))::bigint FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
    )
    await connection.ask(lambda source: source.run("SELECT pg_stat_force_next_flush()"))
    row = await connection.ask(lambda source: source.execute(sql).fetchone())
    return int(row[0]), int(row[1])


def growth(pasts: Pasts, sizes: Sequence[int]) -> float:
    """Print what each statistic reads at each size; the largest growth from the smallest past to any other."""
    typer.echo(f"{pasts.name:<26}" + "".join(f"{f'{size} M: rows':>14}{'KiB':>8}" for size in sizes) + f"{'growth':>8}")
    worst = 0.0
    for name in statistics(sizes[0]):
        read = [asyncio.run(_read(pasts, size, name)) for size in sizes]
        ratio = max(max(rows / read[0][0], size / read[0][1]) for rows, size in read)
        worst = max(worst, ratio)
        typer.echo(f"{name:<26}" + "".join(f"{rows:>14,}{size / 1024:>8.0f}" for rows, size in read) + f"{ratio:>8.2f}")
    return worst


async def _read(pasts: Pasts, millions: int, name: str) -> tuple[int, int]:
    place, ask = pasts.original(millions), statistics(millions)[name]
    return await of_file(place, ask) if isinstance(place, Path) else await of_database(place, ask)
