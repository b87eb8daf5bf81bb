"""A whole node over real sockets and a real file: from what devices say to what a reader sees."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, NodeRefused, ask
from backend.model.clock import SystemClock
from backend.model.kiosk import KioskPlan
from backend.model.node import Curve, NodeInfo
from backend.model.states import Connectivity, ConnectorState
from backend.node import Node, open_node
from backend.settings import load
from backend.simulation.charging import Visit
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.ocpp import ChargePoint, Make
from backend.simulation.sunspec import PseudoDevice, pseudo_inverter
from backend.store.reader import open_reader
from backend.store.sqlite.lock import StoreLocked
from tests.support.node_process import ROOT, free_ports
from tests.support.small_site import write_settings
from tests.support.until import until


@dataclass
class Site:
    """The pseudo devices and the node that serves them."""

    settings: Path
    inverter: PseudoDevice
    server: ModbusServer
    node: Node

    @property
    def cache(self) -> Path:
        return self.node.settings.cache

    async def ask(self, action: str, **values: str) -> dict[str, object]:
        return await asyncio.to_thread(lambda: ask(channel_file(self.cache), action, 10.0, **values))

    async def latest(self, *arguments: str) -> dict[str, dict[str, object]]:
        """What ``enemado latest --json`` tells, by point."""
        command = ("-m", "app.cli", "latest", "--json", "--cache", str(self.cache), *arguments)
        process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return {row["point"]: row for row in json.loads(said)}

    async def reads(self, point: str) -> float | None:
        """The newest value of a point, straight from the file."""
        async with open_reader(self.cache) as reader:
            found = (await reader.latest([f"school/{point}"])).get(f"school/{point}")
        return found.value if found else None

    async def charges(self) -> bool:
        """Whether everything that the devices say has arrived."""
        return (
            await self.reads("pcs1/ac_power") is not None and await self.reads("cp1/connector1.state") == ConnectorState.CHARGING
        )


@asynccontextmanager
async def running_site(folder: Path) -> AsyncGenerator[Site]:
    inverter = pseudo_inverter("SN-1", strings=0)
    inverter.put(103, {"W": 14_800, "WH": 52_600, "St": 4})
    (ocpp,) = free_ports(1)
    async with inverter.serve((126,)) as server:
        settings = write_settings(folder, server.port, ocpp)
        now_ms = SystemClock().now_ms()
        visits = [Visit(1, now_ms - 60_000, now_ms + 3_600_000, 38_200.0)]
        charger = ChargePoint(Make("CP-01"), f"ws://127.0.0.1:{ocpp}", SystemClock(), visits, tick_s=0.05, retry_s=0.1)
        async with asyncio.TaskGroup() as tasks, open_node(load(settings)) as node:
            living = tasks.create_task(charger.run(), name="charger")
            yield Site(settings, inverter, server, node)
            living.cancel()


async def test_what_devices_say_is_seen_by_a_reader(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await until(site.charges)
        seen = await site.latest()
        assert (seen["school/pcs1/ac_power"]["value"], seen["school/pcs1/ac_power"]["unit"]) == (14_800, "W")
        assert seen["school/pcs1/ac_energy"]["value"] == 52_600
        assert seen["school/pcs1/state"]["state"] == "MPPT"
        assert seen["school/pcs1/link"]["state"] == "CONNECTED"
        assert seen["school/cp1/connector1.state"]["state"] == "CHARGING"
        assert 0 <= float(str(seen["school/pcs1/ac_power"]["age_s"])) < 10
        async with open_reader(site.cache) as reader:
            (connector,) = [each for each in await reader.connectors() if each.connector == 1]
            assert connector.state is ConnectorState.CHARGING


async def test_faces_find_what_they_need_in_the_cache(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site, open_reader(site.cache) as reader:
        info = await reader.document("node", "main", NodeInfo)
        assert info is not None
        assert (info.name, info.demo, info.clock.speed) == ("Test node", False, 1.0)
        plan = await reader.document("plan", "main", KioskPlan)
        assert plan is not None
        assert plan.site == "school"
        today = datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat()
        await until(lambda: reader.document("clear_sky", f"school/{today}", Curve))
        curve = await reader.document("clear_sky", f"school/{today}", Curve)
        assert curve is not None
        assert 5_000 < max(curve.power_w) <= 20_000


async def test_a_silent_inverter_is_told_and_found_again(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site, open_reader(site.cache) as reader:

        async def link() -> Connectivity | None:
            return next((each.connectivity for each in await reader.statuses() if each.device == "school/pcs1"), None)

        await until(lambda: link_is(link, Connectivity.CONNECTED))
        site.server.fault = Fault.HANGS_UP
        await until(lambda: link_is(link, Connectivity.LOST, Connectivity.ASLEEP))
        seen = await site.latest("school/pcs1/ac_power")
        assert seen["school/pcs1/ac_power"]["value"] is None
        site.server.fault = Fault.NONE
        await until(lambda: link_is(link, Connectivity.CONNECTED))


async def link_is(link: Callable[[], Awaitable[Connectivity | None]], *wanted: Connectivity) -> bool:
    return await link() in wanted


async def test_the_control_channel_tells_inspects_and_reloads(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await until(site.charges)
        status = await site.ask("status")
        assert status["devices"] == {"school/cp1": "CONNECTED", "school/pcs1": "CONNECTED"}
        raw = (await site.ask("inspect", device="school/pcs1"))["points"]
        assert isinstance(raw, list)
        assert {"103#0.W"} <= {each["path"] for each in raw}
        with pytest.raises(NodeRefused):
            await site.ask("inspect", device="school/nobody")

        good = site.settings.read_text("utf-8")
        site.settings.write_text(good.replace("Asia/Tokyo", "Mars"), "utf-8")
        with pytest.raises(NodeRefused, match="IANA"):
            await site.ask("reload")
        assert [device.key for device in site.node.settings.devices] == ["school/pcs1", "school/cp1"]

        site.settings.write_text(good.replace("      pcs1:", "      roof:"), "utf-8")
        await site.ask("reload")
        await until(lambda: site.reads("roof/ac_power"))
        assert "school/pcs1/ac_power" in await site.latest()


async def test_a_second_node_on_the_same_cache_is_told_who_holds_it(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        with pytest.raises(StoreLocked, match="in use by process"):
            async with open_node(load(site.settings)):
                pass


async def test_a_stop_is_quick_and_loses_nothing(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        await until(site.charges)
        site.server.fault = Fault.SILENT
        await site.ask("stop")
        await site.node.stopping.wait()
        began = time.monotonic()
    assert time.monotonic() - began < 3.0
    with pytest.raises(NodeNotRunning):
        ask(channel_file(site.cache), "status")
    assert "school/pcs1/ac_power" in await site.latest()


async def test_the_operator_is_told_what_needs_a_hand(tmp_path: Path) -> None:
    """A taken port and a damaged cache: one line each, without looking into any log."""
    told: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = load(write_settings(tmp_path, 1, taken.getsockname()[1]))
        settings.cache.parent.mkdir(exist_ok=True)
        settings.cache.write_bytes(b"no database" * 1000)
        async with open_node(settings, tell=lambda message: told.append(str(message))):
            await until(lambda: len(told) >= 2)
    assert "damaged" in told[0]
    assert str(next(settings.cache.parent.glob("*.damaged-*"))) in told[0]
    assert "Devices cannot connect by ocpp" in told[1]
    assert "tried again" in told[1]
    assert "attempting" not in told[1]
