"""How fast a second process reads a long past, and whether late corrections reach every roll-up.

``python -m tests.bench.history [--quick]``: 10 and 80 million readings (with ``--quick`` 1 and 8), written as a node would.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import typer

from backend.model.columns import Columns
from backend.store.sqlite import Retention, open_store
from tests.bench.corrections import correct_and_compare
from tests.bench.ingest import verdict
from tests.bench.load import SimulatedClock, as_columns
from tests.bench.past import END_MS, SHAPES, Shape, Stream, build, streams

LIMITS_MS = {
    "year of hourly means": 10.0,
    "24 sites' energy, 30 days": 10.0,
    "latest of 1,000 points": 10.0,
    "a day at 1 min": 10.0,
    "a raw day, 86,400 readings": 30.0,
}
GROWTH = 1.2
CORRECTIONS = 1000
FOLLOW_S = 20.0


def ask(path: Path, millions: int) -> dict[str, Any]:
    """Have a second process answer every question."""
    command = [sys.executable, "-m", "tests.bench.questions", "ask", str(path), str(millions)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def follow(path: Path, shape: Shape, seconds: float) -> float:
    """Share of a core that a follower needs while all points are written every second."""
    _, _, found = streams(shape)
    command = [sys.executable, "-m", "tests.bench.questions", "follow", str(path), str(seconds)]
    clock = SimulatedClock(END_MS)
    async with open_store(path, "bench", clock, Retention(raw_days=None, minute_days=None, cap_bytes=1 << 38)) as store:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        began = perf_counter()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(process.communicate(), name="follower")
            while not reading.done():
                await store.commit(_second(found, clock))
                while await store.fold():
                    pass
                ahead = (clock.at_ms - END_MS) / 1000 - (perf_counter() - began)
                await asyncio.wait({reading}, timeout=max(ahead, 0.0))
        said, _ = reading.result()
    return float(json.loads(said)["share"])


def _second(found: list[Stream], clock: SimulatedClock) -> Columns:
    numbers = np.array([stream.number for stream in found], np.int32)
    clock.at_ms += 1000
    return as_columns(numbers, np.full(len(numbers), clock.at_ms, np.int64), np.full(len(numbers), 2500.0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 and 8 million readings instead of 10 and 80")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    sizes = (1, 8) if options.quick else (10, 80)
    answers: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=options.dir) as folder:
        path = Path(folder)
        for millions in sizes:
            path = Path(folder) / f"{millions}.db"
            began = perf_counter()
            count = asyncio.run(build(path, SHAPES[millions], options.seed))
            size = path.stat().st_size
            typer.echo(f"{count:,} readings in {perf_counter() - began:.0f} s, {size / count:.2f} bytes each")
            answers.append(ask(path, millions))
        share = asyncio.run(follow(path, SHAPES[sizes[1]], FOLLOW_S / 2 if options.quick else FOLLOW_S))
        wrong, compared = asyncio.run(correct_and_compare(path, SHAPES[sizes[1]], CORRECTIONS, options.seed))
    return report(sizes, answers, share, wrong, compared)


def report(sizes: tuple[int, int], answers: list[dict[str, Any]], share: float, wrong: int, compared: int) -> int:
    small, large = answers
    typer.echo(
        f"{'':<30}{f'{sizes[0]} M, ms':>12}{f'{sizes[1]} M, ms':>12}{'KiB read':>10}{'growth':>8}{'steps':>10}{'growth':>8}"
    )
    bars: list[tuple[str, float, float, bool]] = []
    for name, limit in LIMITS_MS.items():
        a, b = small[name], large[name]
        bytes_growth, steps_growth = b["bytes"] / a["bytes"], b["steps"] / a["steps"]
        typer.echo(
            f"{name:<30}{a['ms']:>12.2f}{b['ms']:>12.2f}{b['bytes'] / 1024:>10.0f}{bytes_growth:>8.2f}"
            f"{b['steps']:>10}{steps_growth:>8.2f}"
        )
        bars.append((f"{name}, ms", max(a["ms"], b["ms"]), limit, True))
        bars.append((f"{name}, growth of bytes and rows", max(bytes_growth, steps_growth), GROWTH, True))
    bars.append(("follower, % of a core", share * 100, 2.0, True))
    typer.echo(f"{compared:,} intervals compared after {CORRECTIONS:,} late corrections")
    bars.append(("intervals that differ", float(wrong), 0.0, True))
    return verdict(bars)


if __name__ == "__main__":
    raise SystemExit(main())
