"""The demo as a person starts it: three processes, every device over its own wire, faults, and a clean end."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.model.delivery import StorageError
from backend.model.device import DeviceKind
from backend.model.states import Connectivity, DeviceHealth
from backend.store.contract import Level
from backend.store.reader import StoreReader, open_reader
from tests.support.node_process import ROOT
from tests.support.until import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the test ends the demo with a signal that Windows lacks")
CHARGERS, INVERTERS, DEVICES = 6, 12, 23


class Demo:
    """A running demo in a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "demo" / "town.enemado"
        self.environment = {**os.environ, "ENEMADO_DATA": str(folder), "ENEMADO_LANGUAGE": "en"}
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *options: str) -> None:
        command = ("-m", "app.cli", "demo", "--without-display", *options)
        self.process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=self.environment)

    async def run(self, *arguments: str) -> tuple[int | None, str]:
        """Run another command on the same data folder; exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", *arguments, cwd=ROOT, env=self.environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    async def stop(self) -> int | None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            return await self.process.wait()


@asynccontextmanager
async def running_demo(folder: Path, *options: str) -> AsyncGenerator[tuple[Demo, StoreReader]]:
    demo = Demo(folder)
    await demo.start(*options)
    try:
        await until(demo.cache.exists)
        await until(lambda: all_connected(demo.cache), 40)
        async with open_reader(demo.cache) as reader:
            yield demo, reader
    finally:
        await demo.stop()


async def all_connected(cache: Path) -> bool:
    try:
        async with open_reader(cache) as reader:
            statuses = await reader.statuses()
    except StorageError:  # the node is just making the file
        return False
    return len(statuses) == DEVICES and all(each.connectivity is Connectivity.CONNECTED for each in statuses)


async def test_the_town_lives_fails_and_ends(tmp_path: Path) -> None:
    async with running_demo(tmp_path, "--start", "10:30") as (demo, reader):
        devices = await reader.devices()
        assert sum(each.kind is DeviceKind.CHARGER for each in devices) == CHARGERS
        assert sum(each.kind is DeviceKind.INVERTER for each in devices) == INVERTERS

        code, said = await demo.run("latest", "aoba-es/pcs1/ac_power", "--json")
        assert code == 0
        (row,) = json.loads(said)
        assert 5_000 < row["value"] < 20_000
        await history_is_there(reader)
        await what_flows_sums(reader)
        await history_is_told(demo)
        await a_fault_comes_and_goes(demo, reader)

        began = time.monotonic()
        assert await demo.stop() == 0
        assert time.monotonic() - began < 5.0
    code, _ = await demo.run("node", "status")
    assert code == 3


async def history_is_there(reader: StoreReader) -> None:
    now_ms = (await reader.latest(["aoba-es/pcs1/ac_power"]))["aoba-es/pcs1/ac_power"].at_ms
    hours = await reader.rollup("aoba-es/pcs1/ac_energy", Level.HOUR, now_ms - 50 * 3_600_000, now_ms - 2 * 3_600_000)
    assert len(hours.start_ms) >= 47
    assert hours.coverage.min() > 0.99
    assert 80_000 < hours.energy.sum() < 250_000


async def what_flows_sums(reader: StoreReader) -> None:
    """Sun, battery and grid at the school give what building and cars take, now and in the hours before."""
    names = ("generation_power", "battery_power", "grid_power", "load_power", "charging_power")
    keys = [f"aoba-es/derived/{name}" for name in names]

    async def told() -> bool:
        latest = await reader.latest(keys)
        return all(latest[key].value is not None and not latest[key].flags for key in keys)

    await until(told, 40)
    latest = await reader.latest(keys)
    sun, battery, grid, load, cars = (latest[key].value or 0.0 for key in keys)
    assert sun > 5_000
    assert 3_000 < load < 20_000
    assert sun + battery + grid - load - cars == pytest.approx(0.0, abs=2_500.0)
    now = await reader.latest(["aoba-es/derived/wbgt", "aoba-es/derived/self_sufficiency"])
    assert all(reading.value is not None and reading.quality.is_good for reading in now.values())
    end_ms = now["aoba-es/derived/wbgt"].at_ms
    hours = [await reader.rollup(key, Level.HOUR, end_ms - 30 * 3_600_000, end_ms - 2 * 3_600_000) for key in keys]
    sun_w, battery_w, grid_w, load_w, cars_w = (hour.mean for hour in hours)
    assert abs(sun_w + battery_w + grid_w - load_w - cars_w).max() < 1.0
    assert min(hour.coverage.min() for hour in hours) > 0.99


async def history_is_told(demo: Demo) -> None:
    code, said = await demo.run("history", "aoba-es/pcs1/ac_energy", "--every", "1d", "--format", "json", "--from", "2020-01-01")
    assert code == 0
    days = json.loads(said)
    assert len(days) == 3
    assert [round(day["coverage"], 2) for day in days[:2]] == [1.0, 1.0]
    code, said = await demo.run("history", "aoba-es/pcs1/ac_power", "--every", "raw")
    assert code == 0
    assert said.splitlines()[0] == "at,value,quality,flags,unit"
    assert "GOOD" in said.splitlines()[-1]


async def a_fault_comes_and_goes(demo: Demo, reader: StoreReader) -> None:
    async def health() -> DeviceHealth:
        return next(each.health for each in await reader.statuses() if each.device == "midori-jh/pcs1")

    async def is_faulty() -> bool:
        return await health() is DeviceHealth.FAULT

    async def is_well() -> bool:
        return await health() is DeviceHealth.OK

    assert (await demo.run("demo", "fault", "inverter_fault"))[0] == 0
    await until(is_faulty)
    code, said = await demo.run("demo", "faults")
    assert code == 0
    assert "● inverter_fault" in said
    assert (await demo.run("demo", "fault", "inverter_fault", "--off"))[0] == 0
    await until(is_well)
    assert (await demo.run("demo", "fault", "meteor"))[0] == 1


async def test_a_killed_node_is_back_within_seconds_and_the_town_goes_on(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as (demo, reader):
        code, said = await demo.run("node", "status", "--json")
        assert code == 0
        pid = json.loads(said)["pid"]
        os.kill(pid, signal.SIGKILL)
        before = await reader.version()

        async def writes_again() -> bool:
            code, said = await demo.run("node", "status", "--json")
            return code == 0 and json.loads(said)["pid"] != pid and await reader.version() != before

        await until(writes_again, 30)
