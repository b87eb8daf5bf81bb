"""The kiosk beside the reference window in the same run: ``python -m tests.bench.kiosk [--quick]``.

Start, painting, processor time and memory of the real kiosk on a real node with the demo town read once a second. The reference
is ``../shared/bench/minimal_window.py``, or a made-up one of the same kind where that is absent. Everything runs offscreen.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import numpy as np

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "bench" / "minimal_window.py"
STAND_IN = ROOT / "tests" / "support" / "minimal_window.py"
PATIENCE_S = 90.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
FLAT_SHARE, FLAT_MIB = 0.03, 2.0


@dataclass(frozen=True, slots=True)
class Length:
    """How long to look."""

    starts: int
    settle_s: float
    cpu_s: float
    flat_s: float
    rounds_s: float
    """Some rotations, until every scene was made, before memory is called flat or not."""


FULL, QUICK = Length(7, 10.0, 120.0, 1200.0, 120.0), Length(3, 6.0, 30.0, 60.0, 70.0)


@dataclass(slots=True)
class Running:
    """A process of ours and what it says."""

    process: "subprocess.Popen[str]"
    lines: "Queue[str]" = field(default_factory=Queue[str])

    def wait_for(self, word: str) -> str:
        """The next line with this word in it."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                line = self.lines.get(timeout=max(0.1, until - time.monotonic()))
            except Empty:
                raise TimeoutError(f"{self.process.args} never said {word}") from None
            if word in line:
                return line

    def cpu_s(self) -> float:
        """Processor time so far, all threads."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_S

    def pss_mib(self) -> float:
        """Proportional memory."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024


@contextmanager
def running(*command: str, folder: Path) -> Generator[Running]:
    """Start, and stop at the end."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ENEMADO_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    found = Running(process)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            found.lines.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)


@contextmanager
def town(folder: Path) -> Generator[tuple[Path, Running]]:
    """The demo town at noon, every inverter read once a second: its cache, and its node."""
    from app.commands.demo import _set_the_stage

    cache, script = _set_the_stage(folder, 1.0, 1, "11:30")
    settings = folder / "town.yaml"
    settings.write_text(settings.read_text("utf-8").replace("interval_s: 5.0", "interval_s: 1.0"), "utf-8")
    devices = ("-m", "app.cli", "town", "--script", str(script), "--cache", str(cache))
    engine = ("-m", "app.cli", "node", "--settings", str(settings), "--demo", str(script))
    with running(*devices, folder=folder), running(*engine, folder=folder) as node:
        _wait_until_live(cache)
        yield cache, node


def _wait_until_live(cache: Path) -> None:
    """Until the node has read its devices."""
    import asyncio

    from backend.store.reader import open_reader

    async def count() -> int:
        async with open_reader(cache) as reader:
            return sum(key.endswith("/ac_power") for key in await reader.latest())

    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if cache.exists() and asyncio.run(count()) >= 5:
            return
        threading.Event().wait(0.5)
    raise TimeoutError("the town never came to life")


def reference(size: str = "1920x1080") -> list[str]:
    """Command of the reference window."""
    return [str(SHARED if SHARED.exists() else STAND_IN), "--size", size, "--start", repr(time.time())]


def kiosk(cache: Path, *more: str, size: str = "1920x1080") -> list[str]:
    """Command of the kiosk."""
    return ["-m", "tests.bench.kiosk_face", "--cache", str(cache), "--size", size, "--start", repr(time.time()), *more]


def measure_starts(cache: Path, folder: Path, times: int) -> tuple[float, float]:
    """Median seconds from asking for a process to its first painted frame: reference, kiosk; in turns."""
    plain, ours = [], []
    for _ in range(times):
        with running(*reference(), folder=folder) as window:
            plain.append(float(window.wait_for("first-frame").split()[1]))
        with running(*kiosk(cache), folder=folder) as face:
            ours.append(json.loads(face.wait_for("first_frame_s"))["first_frame_s"])
    return statistics.median(plain), statistics.median(ours)


def measure_paint(cache: Path, folder: Path, size: str) -> float:
    """p95 of a second's work of the Now scene with everything painted, ms."""
    with running(*kiosk(cache, "--only", "now", "--paints", size=size), folder=folder) as face:
        return float(json.loads(face.wait_for("paint_ms"))["paint_ms"]["p95"])


def measure_cpu(cache: Path, folder: Path, length: Length, *more: str) -> float:
    """Share of one core, in percent."""
    with running(*kiosk(cache, *more), folder=folder) as face:
        face.wait_for("first_frame_s")
        threading.Event().wait(length.settle_s)
        before, started = face.cpu_s(), time.monotonic()
        threading.Event().wait(length.cpu_s)
        return 100 * (face.cpu_s() - before) / (time.monotonic() - started)


@dataclass(slots=True)
class Memory:
    """Proportional memory over time, MiB; all at the same moments, because libraries are shared among who is there."""

    face: list[float] = field(default_factory=list[float])
    node: list[float] = field(default_factory=list[float])
    window: list[float] = field(default_factory=list[float])


def measure_memory(cache: Path, folder: Path, node: Running, length: Length) -> Memory:
    """The kiosk in rotation and the reference window, side by side."""
    found = Memory()
    with running(*kiosk(cache), folder=folder) as face, running(*reference(), folder=folder) as window:
        face.wait_for("first_frame_s")
        threading.Event().wait(length.rounds_s)
        until = time.monotonic() + length.flat_s
        while time.monotonic() < until:
            threading.Event().wait(max(1.0, length.flat_s / 120))
            found.face.append(face.pss_mib())
            found.node.append(node.pss_mib())
            found.window.append(window.pss_mib())
    return found


def _growth(samples: list[float]) -> float:
    quarter = len(samples) // 4
    return float(np.median(samples[-quarter:]) - np.median(samples[quarter : 2 * quarter]))


@dataclass(frozen=True, slots=True)
class Line:
    """A figure beside its bar."""

    name: str
    figure: float
    bar: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the bar is kept."""
        return self.figure <= self.bar

    def __str__(self) -> str:
        return f"{self.name:<44} {self.figure:8.2f} {self.unit:<6} bar {self.bar:6.2f}  {'ok' if self.holds else 'SHORT'}"


def run(length: Length, folder: Path) -> list[Line]:
    """All figures."""
    with town(folder) as (cache, node):
        plain_s, ours_s = measure_starts(cache, folder, length.starts)
        print(f"reference window: first frame {plain_s:.2f} s; kiosk: first scene {ours_s:.2f} s", flush=True)
        paint, paint_4k = (measure_paint(cache, folder, size) for size in ("1920x1080", "3840x2160"))
        still, turning = measure_cpu(cache, folder, length, "--only", "now"), measure_cpu(cache, folder, length)
        memory = measure_memory(cache, folder, node, length)
    face_mib, node_mib, window_mib = (float(np.median(m)) for m in (memory.face, memory.node, memory.window))
    print(f"PSS: reference {window_mib:.1f} MiB, kiosk in rotation {face_mib:.1f} MiB, node {node_mib:.1f} MiB", flush=True)
    minutes = length.flat_s / 60
    return [
        Line("start to first scene / reference", ours_s / plain_s, 3.0, "x"),
        Line("Now p95 paint, 1080p", paint, 16.0, "ms"),
        Line("Now p95 paint, 4K", paint_4k, 50.0, "ms"),
        Line("processor, one scene at 1 Hz", still, 4.0, "%"),
        Line("processor, rotation at 1 Hz", turning, 8.0, "%"),
        Line("PSS of the face / reference", face_mib / window_mib, 1.75, "x"),
        Line("PSS of the node", node_mib, 100.0, "MiB"),
        Line(f"growth of the face in {minutes:.0f} min", _growth(memory.face), FLAT_MIB + FLAT_SHARE * face_mib, "MiB"),
        Line(f"growth of the node in {minutes:.0f} min", _growth(memory.node), FLAT_MIB + FLAT_SHARE * node_mib, "MiB"),
    ]


def main() -> int:
    """Print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="shorter, for a look")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="enemado-bench-") as folder:
        lines = run(QUICK if options.quick else FULL, Path(folder))
    for line in lines:
        print(line)
    short = [line.name for line in lines if not line.holds]
    print(f"kiosk: {len(lines) - len(short)} of {len(lines)} bars kept" + (f"; short: {', '.join(short)}" if short else ""))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
