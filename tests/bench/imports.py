"""A long file through ``enemado import`` without a node: rows per second, memory, and the same file once more.

``python -m tests.bench.imports`` takes a million rows, ``--quick`` a hundred thousand.
"""

import argparse
import asyncio
import resource
import sys
import time
from pathlib import Path

from backend.drivers.csvfile.keeping import Keeper, Rules
from backend.drivers.csvfile.opening import plan_file
from tests.support.folders import quick_folder
from tests.support.import_texts import long_table
from tests.support.importing import rig

ROWS_PER_S = 5_000.0
MOST_MIB = 256.0


def peak_mib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(folder: Path, rows: int) -> tuple[list[tuple[str, float]], float]:
    """Rows per second of each pass, and the memory above that of an open store."""
    path = folder / "long.csv"
    await asyncio.to_thread(path.write_text, long_table(rows), "utf-8")
    passes: list[tuple[str, float]] = []
    async with rig(folder) as store:
        before = peak_mib()
        began = time.perf_counter()
        plan = await asyncio.to_thread(plan_file, path, store.target, {})
        passes.append(("look at it", rows / (time.perf_counter() - began)))
        for name, taken in (("take it in", rows), ("once more", 0)):
            began = time.perf_counter()
            report = await Keeper(plan, store.place, Rules()).run()
            passes.append((name, rows / (time.perf_counter() - began)))
            assert report.taken == taken
        return passes, peak_mib() - before


def main() -> int:
    """Print the table; 1 where a figure falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    rows = 100_000 if parser.parse_args().quick else 1_000_000
    with quick_folder() as folder:
        passes, grown = asyncio.run(measure(folder, rows))
    print(f"{rows:,} rows of one column")
    for name, rate in passes:
        print(f"  {name:12} {rate:12,.0f} rows/s")
    print(f"  memory       {grown:12,.0f} MiB more at the peak")
    slowest = min(rate for _, rate in passes)
    print(f"slowest pass {slowest:,.0f} rows/s (bar {ROWS_PER_S:,.0f}), memory {grown:,.0f} MiB (bar {MOST_MIB:,.0f})")
    return 0 if slowest >= ROWS_PER_S and grown <= MOST_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
