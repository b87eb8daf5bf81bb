"""How soon, and with how much memory, a node starts on a long backlog: ``python -m tests.bench.backlog [--quick]``.

A node whose parent was out of reach for three days holds 129,600 batches of 40 readings that are folded but not sent. The
worst case is the same number of batches that were not even folded.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, time_ns

import typer

from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, ask
from backend.store.retention import Retention
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from backend.wire.batch import pack_content
from tests.bench.load import Load, SimulatedClock, town

POINTS = 20
INTERVAL_MS = 1000
TICKS = 2
"""Seconds in a batch."""
HOURS = 72
MIB = 1024 * 1024
SETTINGS = """\
node: {{name: bench, cache: {cache}}}
sites:
  school0:
    name: {{en: School}}
    place: {{latitude: 35.68, longitude: 139.77}}
    timezone: Asia/Tokyo
    devices:
      pcs: {{kind: inverter, name: {{en: Inverter}}, address: "sunspec://127.0.0.1:9?unit=1", interval_s: 10}}
kiosk: {{site: school0}}
"""


@dataclass(frozen=True)
class Start:
    """One start of a node."""

    ready_s: float
    ready_mib: float
    """Resident when it was ready."""
    most_mib: float
    """The most that was resident until the backlog was folded."""


def build(path: Path, hours: float, *, folded: bool) -> int:
    """Write a backlog that ends now; how many readings."""
    end_ms = time_ns() // 1_000_000
    start_ms = end_ms - round(hours * 3_600_000)
    clock = SimulatedClock(start_ms)
    ledger = Ledger(Database(path), "bench", clock, Retention())
    ledger.open()
    ledger._database.execute("PRAGMA synchronous=OFF")
    sites, devices, points = town(POINTS, INTERVAL_MS / 1000)
    ledger.define(sites, devices)
    numbers = ledger.number(points)
    load = Load([numbers[point.key] for point in points], start_ms, INTERVAL_MS, seed=1)
    count = 0
    while clock.at_ms < end_ms:
        with ledger._transaction():
            for _ in range(300):
                rows = load.take(TICKS)
                clock.at_ms = load.now_ms
                content = pack_content(rows, ledger._points.digits(rows.point))
                ledger._journal.append(rows, content, (), (), clock.at_ms)
                count += len(rows)
        ledger._checkpoint()
        while folded and ledger.fold(1.0):
            pass
    ledger.close()
    return count


@contextmanager
def running(folder: Path, cache: Path) -> "Generator[subprocess.Popen[bytes]]":
    """A node on this cache, until the context ends."""
    settings = folder / f"{cache.name}.yaml"
    settings.write_text(SETTINGS.format(cache=cache))
    command = [sys.executable, "-m", "app.cli", "node", "--settings", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def start(folder: Path, cache: Path) -> Start:
    """Start a node and look at it until it has folded everything."""
    began = perf_counter()
    with running(folder, cache) as process:
        answer = _status(cache)
        while answer is None:
            assert process.poll() is None, "the node ended"
            answer = _status(cache)
        ready_s, ready_mib = perf_counter() - began, resident(process.pid, "VmRSS")
        while answer is None or int(str(answer["unfolded"])) > 60_000:
            answer = _status(cache)
        return Start(ready_s, ready_mib, resident(process.pid, "VmHWM"))


def _status(cache: Path) -> dict[str, object] | None:
    try:
        return ask(channel_file(cache), "status")
    except NodeNotRunning:
        return None


def resident(pid: int, which: str) -> float:
    """Mebibytes: ``VmRSS`` now, ``VmHWM`` at most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == which:
            return int(rest.split()[0]) / 1024
    raise RuntimeError(which)


def measure(folder: Path, hours: float) -> Sequence[tuple[str, int, Start]]:
    """An empty cache, a backlog that is folded, and one that is not."""
    found: list[tuple[str, int, Start]] = []
    for name, length, folded in (("empty", 0.0, True), ("folded", hours, True), ("unfolded", hours, False)):
        cache = folder / f"{name}.enemado"
        count = build(cache, length, folded=folded)
        found.append((name, count, start(folder, cache)))
        _, _, figures = found[-1]
        typer.echo(f"{name:<10}{count:>12,}{figures.ready_s:>10.2f}{figures.ready_mib:>12.1f}{figures.most_mib:>12.1f}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="12 hours instead of 72")
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to be measured")
    options = parser.parse_args()
    typer.echo(f"{'backlog':<10}{'readings':>12}{'ready s':>10}{'ready MiB':>12}{'most MiB':>12}")
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=options.dir) as folder:
        found = measure(Path(folder).absolute(), 12 if options.quick else HOURS)
    empty, *others = (figures for _, _, figures in found)
    slowest = max(figures.ready_s for figures in others)
    grown = max(figures.most_mib for figures in others) - empty.most_mib
    short = slowest > 5.0 or grown > 64.0
    typer.echo(f"ready in {slowest:.2f} s (at most 5); resident memory grown by {grown:.1f} MiB (at most 64){': SHORT' * short}")
    return int(short)


if __name__ == "__main__":
    raise SystemExit(main())
