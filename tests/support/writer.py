"""A process that runs the real intake and store, and tells what they promised: ``python -m tests.support.writer CACHE COUNT``.

One line a batch on its standard output, written once the promise was made: ``kept 7`` or ``refused 7``. Batch n holds the
readings ``READINGS * n`` to ``READINGS * n + READINGS - 1`` of one point, a second apart, each with its number as its value.
"""

import argparse
import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from backend.intake import Limits, open_intake
from backend.model.delivery import Delivery, StorageError
from backend.model.reading import Reading
from backend.store.reader import open_reader
from backend.store.sqlite import database, open_store
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, DEVICE, POWER, site

START_MS = 20_700 * DAY_MS
READINGS = 20


def batch(number: int) -> Delivery:
    """What batch n holds."""
    numbers = range(READINGS * number, READINGS * (number + 1))
    return Delivery([Reading(POWER.key, START_MS + 1000 * n, float(n)) for n in numbers], urgent=True)


async def write(cache: Path, first: int, count: int) -> None:
    """Hand in so many batches and tell what becomes of each; a reader looks on as faces do. Raises ``StorageError``."""
    clock = FakeClock(START_MS + 1000 * READINGS * first)
    limits = Limits(urgent_after_s=0.0)
    async with (
        open_store(cache, "writer", clock) as store,
        open_intake(store, clock, limits) as intake,
        open_reader(cache) as look,
    ):
        await intake.define([site("Asia/Tokyo")], [DEVICE])
        await intake.declare([POWER])
        for number in range(first, first + count):
            clock.advance(READINGS)
            try:
                await intake.accept(batch(number))
            except StorageError as error:
                tell(f"refused {number} {error}")
            else:
                tell(f"kept {number}")
            await look.latest()


def tell(line: str) -> None:
    """Nothing that was said is lost with the process."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


class Swallowing(sqlite3.Connection):
    """A planted fault: whether a commit succeeded is nobody's business."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        try:
            return super().execute(sql, *values)
        except sqlite3.OperationalError:
            if sql != "COMMIT":
                raise
            return super().execute("SELECT 1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0, help="number of the first batch")
    parser.add_argument("--swallow", action="store_true", help="plant a fault")
    options = parser.parse_args()
    if options.swallow:
        connect = sqlite3.connect
        setattr(database.sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Swallowing))  # noqa: B010
    try:
        asyncio.run(write(options.cache, options.first, options.count))
    except StorageError as error:
        tell(f"unopened {error}")


if __name__ == "__main__":
    main()
