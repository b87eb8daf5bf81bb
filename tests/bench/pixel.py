"""From a charger's status message to the painted pixel, 100 devices live: ``python -m tests.bench.pixel [--quick]``.

Four real processes: the pseudo devices, a node, the kiosk (offscreen, 1080p, only the scene of the chargers), and this one, which
is one more charger. It sends StatusNotification and notes the time; the kiosk's process notes when the pixel had changed.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from backend.drivers.ocpp.stamps import write_stamp
from backend.model.states import Connectivity
from backend.store.reader import open_reader
from tests.support.charge_point import Bare, calling
from tests.support.node_process import ROOT, NodeProcess, free_ports

MEDIAN_BAR_MS, P99_BAR_MS = 150.0, 400.0
INVERTERS, CHARGERS = 91, 8
PROBE = "PROBE"
STATES = ("Available", "Charging")
PATIENCE_S = 5.0
SHARES = {"least": 0, "median": 50, "p90": 90, "p99": 99, "most": 100}
SETTLE_S = 1.5
LESSONS = (0, 1, 0, 0, 1, 1, 0, 1, 0, 1)
"""States in no rhythm that anything else on the screen could have; the last one is the second."""

SETTINGS = """
node: {{name: bench, cache: cache.enemado}}
sites:
  town:
    name: {{ja: まち, en: Town}}
    place: {{latitude: 35.681, longitude: 139.767}}
    timezone: Asia/Tokyo
    devices:
{devices}
ocpp: {{host: 127.0.0.1, port: {port}}}
kiosk: {{site: town, scenes: [ev], motion: false}}
"""
INVERTER = '      pcs{0}: {{kind: inverter, name: {{en: PCS {0}}}, address: "sunspec://127.0.0.1:{1}?unit=1", interval_s: 5}}'
CHARGER = (
    '      ev-{0}: {{kind: charger, name: {{en: "{1}"}}, address: "ocpp://{1}", security: none, interval_s: 5, '
    "connectors: [{{number: 1, type: J1772, max_w: 6000}}]}}"
)


@dataclass(frozen=True, slots=True)
class Town:
    """Addresses of everything."""

    folder: Path
    port: int
    ports: tuple[int, ...]
    chargers: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def write(self) -> Path:
        """The node's settings."""
        chargers = [CHARGER.format(name.lower(), name) for name in (*self.chargers, PROBE)]
        inverters = [INVERTER.format(number, port) for number, port in enumerate(self.ports)]
        path = self.folder / "node.yaml"
        path.write_text(SETTINGS.format(port=self.port, devices="\n".join([*inverters, *chargers])), "utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Delay:
    """Of one change, from its message on."""

    acknowledged_ms: float
    """Until the charger has its answer: the change is on disk."""
    painted_ms: float
    """Until the pixel is another."""


class Face:
    """The kiosk's process, seen from here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, command: str, key: str) -> Any:
        """Send a command and wait for the answer that holds ``key``."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        return (await self.hear(key))[key]

    async def hear(self, key: str) -> dict[str, Any]:
        """The next line that holds ``key``."""
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while line := await self._process.stdout.readline():
                words: dict[str, Any] = json.loads(line)
                if key in words:
                    return words
        raise RuntimeError("the kiosk ended")


async def main(trials: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="enemado-pixel-") as name:
        port, *ports = free_ports(1 + INVERTERS)
        town = Town(Path(name), port, tuple(ports), tuple(f"CP-{number}" for number in range(CHARGERS)))
        node = NodeProcess(town.write(), town.port)
        await node.start()
        try:
            live, delays = await rehearse(town, trials, random.Random(seed))
        finally:
            await node.stop()
    return report(delays, trials, live, seed)


async def rehearse(town: Town, trials: int, luck: random.Random) -> tuple[int, list[Delay]]:
    """Devices that are live, and the delays."""
    devices = ["--chargers", *town.chargers, "--ports", *map(str, town.ports)]
    async with (
        process("tests.bench.pixel_devices", town.url, *devices),
        calling(town.url, PROBE) as line,
        process("tests.bench.pixel_face", str(town.folder / "cache.enemado")) as kiosk,
    ):
        face = Face(kiosk)
        await face.hear("ready")
        await line.ask("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Probe"})
        live = await everybody_live(town)
        colours = await learn(line, face, luck)
        return live, await measure(line, face, colours, trials, luck)


@asynccontextmanager
async def process(module: str, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """One of our own modules beside us, ended at the end."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, stdin=pipe, stdout=pipe, env=environment
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def everybody_live(town: Town) -> int:
    """Wait until all devices are in contact; how many they are."""
    async with open_reader(town.folder / "cache.enemado") as reader, asyncio.timeout(90):
        while True:
            connected = [s.device for s in await reader.statuses() if s.connectivity is Connectivity.CONNECTED]
            if len(connected) == INVERTERS + CHARGERS + 1:
                return len(connected)
            await asyncio.sleep(0.5)


async def learn(line: Bare, face: Face, luck: random.Random) -> tuple[str, str]:
    """Find a pixel that tells the two states apart and nothing else does, and its colours in them."""
    for which in LESSONS:
        await tell(line, STATES[which])
        await asyncio.sleep(SETTLE_S + luck.uniform(0, 1.5))
        await face.ask(f"keep {STATES[which]}", "kept")
    column, row = await face.ask("find", "pixel")
    second = (await face.hear("colour"))["colour"]
    await tell(line, STATES[0])
    first = (await face.hear("colour"))["colour"]
    typer.echo(f"looking at pixel ({column}, {row}): {STATES[0]} is {first}, {STATES[1]} is {second}")
    return first, second


async def measure(line: Bare, face: Face, colours: tuple[str, str], trials: int, luck: random.Random) -> list[Delay]:
    """Each change that was painted in time."""
    delays: list[Delay] = []
    for trial in range(1, trials + 1):
        await asyncio.sleep(luck.uniform(0.3, 0.9))
        sent_ns = time.monotonic_ns()
        await tell(line, STATES[trial % 2])
        acknowledged_ns = time.monotonic_ns()
        try:
            async with asyncio.timeout(PATIENCE_S):
                painted = await face.hear("colour")
                while painted["colour"] != colours[trial % 2]:
                    painted = await face.hear("colour")
        except TimeoutError:
            continue
        if painted["at_ns"] < sent_ns:
            raise RuntimeError("the pixel tells something else")
        delays.append(Delay((acknowledged_ns - sent_ns) / 1e6, (painted["at_ns"] - sent_ns) / 1e6))
    return delays


async def tell(line: Bare, state: str) -> None:
    stamp = write_stamp(time.time_ns() // 1_000_000)
    await line.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": state, "timestamp": stamp})


def report(delays: list[Delay], trials: int, live: int, seed: int) -> int:
    """Tell the figures; 1 where they fall short."""
    typer.echo(f"\n{'ms':<13}" + "".join(f"{name:>9}" for name in SHARES))
    told("acknowledged", [delay.acknowledged_ms for delay in delays])
    figures = told("painted", [delay.painted_ms for delay in delays])
    met = figures["median"] < MEDIAN_BAR_MS and figures["p99"] < P99_BAR_MS and len(delays) == trials
    typer.echo(f"\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, seed {seed}")
    typer.echo(
        f"{live} devices live: median {figures['median']:.0f} ms (bar {MEDIAN_BAR_MS:.0f}), "
        f"p99 {figures['p99']:.0f} ms (bar {P99_BAR_MS:.0f}), missed {trials - len(delays)}: {'met' if met else 'MISSED'}"
    )
    return 0 if met else 1


def told(name: str, values: list[float]) -> dict[str, float]:
    """One line of the table, and its figures."""
    figures = {word: float(np.percentile(values, share)) if values else float("inf") for word, share in SHARES.items()}
    typer.echo(f"{name:<13}" + "".join(f"{value:>9.0f}" for value in figures.values()))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40 changes instead of 200")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(40 if options.quick else 200, options.seed)))
