"""The second process of the history bench: asks what faces ask, and follows as faces follow."""

import asyncio
import json
import statistics
import sys
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from backend.store.contract import Level, Reader
from backend.store.reader import Opening, open_reader
from backend.store.sqlite.source import CacheConnection
from tests.bench.past import COUNTERS, DAY_MS, END_MS, HOUR_MS, SHAPES, YEAR_DAYS, streams

WARM = 3
TIMES = 9
LOOKS_PER_S = 10
JAPAN_MS = 9 * HOUR_MS
MIDNIGHT_MS = (END_MS + JAPAN_MS) // DAY_MS * DAY_MS - JAPAN_MS
"""Start of the last local day."""


def questions(millions: int) -> dict[str, Callable[[Reader], Awaitable[Any]]]:
    """What faces ask, by name."""
    keys = [stream.point.key for stream in streams(SHAPES[millions])[2]]
    counters, fast = keys[1 : 1 + COUNTERS], keys[1 + COUNTERS]
    today = date(1970, 1, 1) + timedelta(days=(END_MS + JAPAN_MS) // DAY_MS)
    return {
        "year of hourly means": lambda r: r.rollup(keys[0], Level.HOUR, END_MS - YEAR_DAYS * DAY_MS, END_MS),
        "24 sites' energy, 30 days": lambda r: r.energy_by_day(counters, today - timedelta(days=29), today),
        "latest of 1,000 points": lambda r: r.latest(),
        "a day at 1 min": lambda r: r.rollup(fast, Level.MINUTE, MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS),
        "a raw day, 86,400 readings": lambda r: r.raw(fast, MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS),
    }


def read_bytes() -> int:
    """Bytes this process took out of files so far, from the disk or from the system's memory."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "rchar":
            return int(value)
    raise RuntimeError("no rchar")


class StepCounter:
    """Steps of SQLite's machine: what it does per row, so they grow as rows do."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.steps = 0

    def connection(self) -> "CountedConnection":
        """A connection whose steps are counted."""
        return CountedConnection(self._path, self._count)

    def _count(self) -> int:
        self.steps += 1
        return 0


class CountedConnection(CacheConnection):
    """Tells every step."""

    def __init__(self, path: Path, count: Callable[[], int]) -> None:
        super().__init__(path)
        self._count = count

    async def open(self) -> None:
        await super().open()
        await self.set_progress_handler(self._count, 1)


async def answer(path: Path, millions: int) -> dict[str, Any]:
    """Milliseconds when warm, and bytes and steps on a connection that has seen nothing yet."""
    found: dict[str, Any] = {}
    for name, question in questions(millions).items():
        counter = StepCounter(path)
        async with Opening(counter.connection()) as reader:
            await reader.points()
            counter.steps, before = 0, read_bytes()
            await question(reader)
            read, steps = read_bytes() - before, counter.steps
        async with open_reader(path) as reader:
            for _ in range(WARM):
                await question(reader)
            times: list[float] = []
            for _ in range(TIMES):
                began = perf_counter()
                await question(reader)
                times.append((perf_counter() - began) * 1000)
        found[name] = {"ms": statistics.median(times), "bytes": read, "steps": steps}
    return found


async def follow(path: Path, seconds: float) -> dict[str, float]:
    """Look so often, and take the latest values whenever something was committed."""
    async with open_reader(path) as reader:
        await reader.latest()
        seen, looks = await reader.version(), 0
        began, used = perf_counter(), process_time()
        while (passed := perf_counter() - began) < seconds:
            version = await reader.version()
            if version != seen:
                seen = version
                await reader.latest()
            looks += 1
            await asyncio.sleep(max(looks / LOOKS_PER_S - passed, 0.0))
        return {"share": (process_time() - used) / (perf_counter() - began)}


def main() -> None:
    what, path, size = sys.argv[1:4]
    result = asyncio.run(answer(Path(path), int(size)) if what == "ask" else follow(Path(path), float(size)))
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
