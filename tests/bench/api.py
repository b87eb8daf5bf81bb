"""How fast the API answers beside a FastAPI route of fixed bytes: ``python -m tests.bench.api [--quick]``.

100 clients with tokens ask over 50 million readings while 1,000 a second come in. Pasts are made once and kept in ``.bench-api``.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from backend.api.tokens import Scope, token_file
from backend.model.clock import SystemClock
from backend.store.reader import open_reader
from tests.bench.api_clients import CLIENTS
from tests.bench.api_growth import growth
from tests.bench.api_past import Pasts, databases, files, town
from tests.bench.ingest import verdict

BARS = {"latest of a site": 0.35, "a point's hour": 0.15, "a point's day at 1 min": 0.05}
EVERYTHING = "everything"
REST = (
    "a point's day at 15 min",
    "a point's day at 1 h",
    "energy of a day",
    "events of a day",
    "points of a site",
    "devices of a site",
    "sites",
    "the node",
)
FIXED = "fixed bytes"
P99_MS = 250.0
GROWTH = 1.2
TURNS = 4
"""Every question has so many turns, one after the other, so that a noisy moment strikes all."""


@dataclass
class Figures:
    """Of one question, over all turns."""

    answers: float = 0
    seconds: float = 0
    errors: float = 0
    bytes: float = 0
    cpu_s: float = 0
    """Processor time of the server meanwhile."""
    p50_ms: list[float] = field(default_factory=list[float])
    p99_ms: list[float] = field(default_factory=list[float])

    def add(self, told: dict[str, float], cpu_s: float) -> None:
        """One turn."""
        self.cpu_s += cpu_s
        self.answers += told["answers"]
        self.seconds += told["seconds"]
        self.errors += told["errors"]
        self.bytes += told["bytes"]
        self.p50_ms.append(told["p50_ms"])
        self.p99_ms.append(told["p99_ms"])

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


class Helper:
    """Another process of the bench: lines of JSON go there and come back."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, job: object) -> dict[str, Any]:
        """One line there, one line back."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        return await self.listen()

    async def listen(self) -> dict[str, Any]:
        """The next line."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the bench has ended early")
        return json.loads(line)

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        spent = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")

    async def end(self) -> dict[str, Any]:
        """Its last words."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self.listen()


@asynccontextmanager
async def helper(*words: str) -> AsyncGenerator[Helper]:
    """A module of the bench as a process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    try:
        yield Helper(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def load(pasts: Pasts, millions: int, seconds: float, seed: int) -> tuple[dict[str, Figures], int]:
    """Figures of each question, and how many arriving readings are missing at the end."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "node.enemado"
        tokens, now_ms = token_file(cache), SystemClock().now_ms()
        words = [tokens.create(f"client {number}", tuple(Scope), now_ms, 1)[1] for number in range(CLIENTS)]
        async with (
            pasts.copy(millions) as place,
            helper("tests.bench.api_server", str(place), str(cache), str(millions)) as server,
            helper("tests.bench.api_clients") as clients,
        ):
            ports = await server.listen()
            found = {name: Figures() for name in (FIXED, *BARS, EVERYTHING)}
            for turn in range(TURNS):
                for number, (name, figures) in enumerate(found.items()):
                    job = {
                        "millions": millions,
                        "port": ports["fixed" if name == FIXED else "api"],
                        "questions": [*BARS, *REST] if name == EVERYTHING else [name],
                        "tokens": words,
                        "seconds": seconds / TURNS,
                        "seed": seed * 1000 + turn * 100 + number,
                    }
                    before = server.cpu_s()
                    told = await clients.ask(job)
                    figures.add(told, server.cpu_s() - before)
            missing = await lost(place, millions, await server.end())
    return found, missing


async def lost(place: Path | str, millions: int, told: dict[str, Any]) -> int:
    """Readings that the server says were kept and that are not there, and those it could not keep."""
    there = 0
    async with open_reader(place) as reader:
        for stream in town(millions).streams:
            there += len(await reader.raw(stream.point.key, told["first_ms"], told["last_ms"] + 1))
        missing = (await reader.state()).lost
    typer.echo(f"{told['kept']:,} readings came in beside it, {there:,} are there")
    return abs(told["kept"] - there) + told["failed"] + missing


def report(name: str, found: dict[str, Figures], missing: int) -> list[tuple[str, float, float, bool]]:
    """The table of one store, and its bars."""
    typer.echo(f"{name:<26}{'answers/s':>12}{'of fixed':>10}{'p50 ms':>9}{'p99 ms':>9}{'KiB each':>10}{'CPU us':>8}{'errors':>8}")
    fixed = found[FIXED].rate
    for question, each in found.items():
        typer.echo(
            f"{question:<26}{each.rate:>12,.0f}{each.rate / fixed:>10.3f}{max(each.p50_ms):>9.1f}{max(each.p99_ms):>9.1f}"
            f"{each.bytes / each.answers / 1024:>10.1f}{each.cpu_s / each.answers * 1e6:>8.0f}{each.errors:>8.0f}"
        )
    bars = [(f"{name}: {question} / fixed bytes", found[question].rate / fixed, bar, False) for question, bar in BARS.items()]
    asked = [each for question, each in found.items() if question != FIXED]
    return [
        *bars,
        (f"{name}: p99, ms", max(max(each.p99_ms) for each in asked), P99_MS, True),
        (f"{name}: errors", sum(each.errors for each in asked), 0, True),
        (f"{name}: readings lost", missing, 0, True),
    ]


def measure(pasts: Pasts, sizes: Sequence[int], options: argparse.Namespace) -> list[tuple[str, float, float, bool]]:
    """Everything about one kind of store."""
    seconds = 2.0 if options.quick else options.seconds
    found, missing = asyncio.run(load(pasts, sizes[-1], seconds, options.seed))
    bars = report(pasts.name, found, missing)
    worst = growth(pasts, sizes)
    return [*bars, (f"{pasts.name}: growth of rows and bytes read", worst, GROWTH, True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 and 10 million readings, seconds instead of minutes")
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each question")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, default=Path(".bench-api"), help="where the prepared pasts are kept")
    options = parser.parse_args()
    sizes = (1, 10) if options.quick else (1, 10, 50)
    folder = options.dir.absolute()
    bars: list[tuple[str, float, float, bool]] = []
    for name, opened in (("sqlite", files), ("postgresql", databases)):
        if options.store in (name, "both"):
            with opened(folder, sizes) as pasts:
                bars.extend(measure(pasts, sizes, options))
    return verdict(bars)


if __name__ == "__main__":
    raise SystemExit(main())
