"""Hundreds of devices of all protocols, each asked or telling every second: ``python -m tests.bench.devices [--quick]``.

Three real processes: the pseudo devices, the node, and this one, which counts afterwards what the node has kept.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from backend.model.states import Connectivity
from backend.store.contract import Reader
from backend.store.reader import open_reader
from tests.bench.ingest import verdict
from tests.support.broker import Broker, missing
from tests.support.node_process import ROOT, free_ports
from tests.support.until import until

MISSED_BAR, CPU_BAR, LAG_BAR_MS = 0.01, 0.60, 50.0
INTERVAL_MS = 1000
PATIENCE_S = 120.0
SETTLE_S = 5.0

SETTINGS = """
node: {{name: bench, cache: cache.enemado}}
sites:
  town:
    name: {{ja: まち, en: Town}}
    place: {{latitude: 35.681, longitude: 139.767}}
    timezone: Asia/Tokyo
    devices:
{devices}
ocpp: {{host: 127.0.0.1, port: {ocpp}}}
echonet: {{interface: 127.0.0.1, port: {echonet}}}
mqtt: {{host: 127.0.0.1, port: {broker}}}
"""
DEVICE = '      {key}: {{kind: {kind}, name: {{en: "{key}"}}, address: "{address}", interval_s: 1{more}}}'
AIR = "ambient_temperature"
PLUG = ", security: none, connectors: [{number: 1, type: J1772, max_w: 6000}]"
MAPPED = ", points: {ambient_temperature: {path: $.air.celsius, source_unit: degC}}"
KINDS = (("inverter", "ac_power"), ("meter", "grid_power"), ("sensor", AIR))


@dataclass(frozen=True, slots=True)
class Planned:
    """A device and the point that tells whether it was heard."""

    key: str
    kind: str
    address: str
    point: str
    more: str = ""

    @property
    def line(self) -> str:
        """In the settings."""
        return DEVICE.format(key=self.key, kind=self.kind, address=self.address, more=self.more)


@dataclass(frozen=True, slots=True)
class Town:
    """Who is there, and how their process is started."""

    devices: Sequence[Planned]
    arguments: Sequence[str]
    ocpp: int
    broker: int
    echonet: int

    def settings(self) -> str:
        """The node's file."""
        devices = "\n".join(each.line for each in self.devices)
        return SETTINGS.format(devices=devices, ocpp=self.ocpp, broker=self.broker, echonet=self.echonet)


SHARES = {"modbus": 0.4, "ocpp": 0.25, "echonet": 0.15, "web": 0.1, "mqtt": 0.1}


def plan(count: int) -> Town:
    """Two of five devices answer over Modbus, every fourth is a charger, the others speak what is left."""
    counts = {protocol: round(count * share) for protocol, share in SHARES.items()}
    if missing():
        counts["modbus"] += counts.pop("mqtt")
    ocpp, broker, echonet, *free = free_ports(3 + counts["modbus"] + counts["echonet"] + counts["web"])
    ports = {protocol: [free.pop() for _ in range(counts[protocol])] for protocol in ("modbus", "echonet", "web")}
    chargers = [f"C{number}" for number in range(counts["ocpp"])]
    sensors = [f"t{number}" for number in range(counts.get("mqtt", 0))]
    devices = [
        *(_modbus(number, port) for number, port in enumerate(ports["modbus"])),
        *(Planned(f"e{port}", "inverter", f"echonet://127.0.0.1:{port}/0279:1", "ac_power") for port in ports["echonet"]),
        *(Planned(f"w{port}", "sensor", f"http://127.0.0.1:{port}/", AIR, MAPPED) for port in ports["web"]),
        *(Planned(name.lower(), "charger", f"ocpp://{name}", "connector1.power", PLUG) for name in chargers),
        *(Planned(name, "sensor", f"mqtt://{name}", AIR) for name in sensors),
    ]
    arguments = ["--ocpp", f"ws://127.0.0.1:{ocpp}/ocpp", "--chargers", *chargers, "--broker", str(broker)]
    for protocol, several in ports.items():
        arguments += [f"--{protocol}", *map(str, several)]
    return Town(devices, [*arguments, "--topics", *(f"enemado/town/{name}/{AIR}" for name in sensors)], ocpp, broker, echonet)


def _modbus(number: int, port: int) -> Planned:
    kind, point = KINDS[number % len(KINDS)]
    return Planned(f"m{number}", kind, f"sunspec://127.0.0.1:{port}?unit=1", point)


@asynccontextmanager
async def mosquitto(folder: Path, port: int) -> AsyncGenerator[None]:
    """The broker, where the machine has one."""
    if missing():
        typer.echo(f"no MQTT: {missing()}")
        yield
        return
    broker = Broker(folder, port)
    await broker.start()
    try:
        yield
    finally:
        broker.stop()


@asynccontextmanager
async def process(module: str, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """One of our own modules beside us, ended at the end."""
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, cwd=ROOT, stdin=pipe, stdout=pipe)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


async def everybody(reader: Reader, count: int) -> bool:
    """Whether all devices are in contact."""
    return sum(each.connectivity is Connectivity.CONNECTED for each in await reader.statuses()) == count


async def counted(reader: Reader, town: Town, start_ms: int, end_ms: int) -> tuple[int, int]:
    """Answers that are missing, and how many there should be; one at either edge may fall outside."""
    expected = (end_ms - start_ms) // INTERVAL_MS - 1
    missing = 0
    for device in town.devices:
        rows = await reader.raw(f"town/{device.key}/{device.point}", start_ms, end_ms)
        missing += max(expected - int((rows.quality == 0).sum()), 0)
    return missing, expected * len(town.devices)


async def measure(count: int, seconds: float) -> tuple[dict[str, Any], int, int]:
    """What the node says of itself, answers that are missing, and how many there should be."""
    town = plan(count)
    with tempfile.TemporaryDirectory(prefix="enemado-devices-") as name:
        settings = Path(name) / "node.yaml"
        settings.write_text(town.settings(), "utf-8")
        async with (
            mosquitto(Path(name), town.broker),
            process("tests.bench.devices_town", *town.arguments),
            process("tests.bench.devices_node", str(settings)) as node,
        ):
            await heard(node, "ready")
            async with open_reader(Path(name) / "cache.enemado") as reader:
                await until(partial(everybody, reader, len(town.devices)), PATIENCE_S)
                await asyncio.sleep(SETTLE_S)
                told = await timed(node, seconds)
                end_ms = time.time_ns() // 1_000_000
                await asyncio.sleep(SETTLE_S)
                missing, expected = await counted(reader, town, end_ms - round(seconds * 1000), end_ms)
            assert node.stdin is not None
            node.stdin.write(b"end\n")
            await node.wait()
    return told, missing, expected


async def heard(node: asyncio.subprocess.Process, word: str) -> dict[str, Any]:
    """The next thing the node says of this. Raises ``RuntimeError`` where it has ended."""
    assert node.stdout is not None
    while line := await node.stdout.readline():
        words: dict[str, Any] = json.loads(line)
        if word in words:
            return words
    raise RuntimeError("the node has ended")


async def timed(node: asyncio.subprocess.Process, seconds: float) -> dict[str, Any]:
    """Processor time and lags of the node over so many seconds."""
    assert node.stdin is not None
    node.stdin.write(b"start\n")
    began = time.monotonic()
    await asyncio.sleep(seconds)
    node.stdin.write(b"stop\n")
    return {**await heard(node, "cpu_s"), "seconds": time.monotonic() - began}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="15 seconds instead of 120")
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args()
    seconds = options.seconds or (15.0 if options.quick else 120.0)
    told, missing, expected = asyncio.run(measure(options.devices, seconds))
    median, p99, most = told["lags_ms"]
    typer.echo(f"{options.devices} devices for {seconds:.0f} s: {missing} of {expected:,} answers are missing")
    typer.echo(f"lag of the loop, ms: median {median:.1f}, p99 {p99:.1f}, most {most:.1f}; load {os.getloadavg()[0]:.1f}")
    return verdict(
        [
            ("missed polls", missing / expected, MISSED_BAR, True),
            ("cores used by the node", told["cpu_s"] / told["seconds"], CPU_BAR, True),
            ("loop lag p99, ms", p99, LAG_BAR_MS, True),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
