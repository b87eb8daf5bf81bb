"""A real node and a pseudo ECHONET Lite node: collected, announced at once, probed over the node and without one."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backend.drivers.echonet.frame import Eoj
from backend.simulation.echonet import PseudoCharger, PseudoNode, PseudoObject, pseudo_pv
from tests.support.node_process import free_ports
from tests.support.until import until

ROOT = Path(__file__).parents[2]
SETTINGS = """\
node: {{name: test, cache: {cache}, batch_seconds: 0.2}}
echonet: {{interface: 127.0.0.1, port: {ours}}}
sites:
  aoba:
    name: {{ja: 青葉小学校, en: Aoba}}
    place: {{latitude: 35.6, longitude: 139.7}}
    timezone: Asia/Tokyo
    devices:
      roof: {{kind: inverter, name: {{en: R}}, address: "echonet://127.0.0.1:{theirs}/0279:1?timeout=1", interval_s: 600}}
      ev1: {{kind: charger, name: {{en: E}}, address: "echonet://127.0.0.1:{theirs}/02A1:1?timeout=1", interval_s: 1}}
"""


class Enemado:
    """The command, run on one settings file."""

    def __init__(self, settings: Path) -> None:
        self.settings = settings
        self._environment = os.environ | {"PYTHONUTF8": "1", "ENEMADO_LANGUAGE": "en"}

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *arguments),
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def latest(self) -> dict[str, Any]:
        code, out, _ = await self.run("latest", "--settings", str(self.settings), "--json")
        return {row["point"]: row for row in json.loads(out)} if code == 0 else {}

    async def latest_when(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        rows: dict[str, Any] = {}

        async def fulfilled() -> bool:
            rows.update(await self.latest())
            return condition(rows)

        await until(fulfilled, 40)
        return rows


Stage = tuple[Enemado, PseudoNode, int]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Stage]:
    ours = free_ports(1)[0]
    objects: tuple[PseudoObject, ...] = (pseudo_pv("P1", 3500, 28), PseudoCharger("C1", b"VIN-4711"))
    async with PseudoNode(*objects) as node:
        settings = tmp_path / "node.yaml"
        settings.write_text(SETTINGS.format(cache=tmp_path / "cache.db", ours=ours, theirs=node.port), "utf-8")
        enemado = Enemado(settings)
        process = await enemado.start("node", "--settings", str(settings))
        yield enemado, node, ours
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def is_free(port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind(("0.0.0.0", port))
    except OSError:
        return False
    return True


async def test_collected_announced_and_probed(stage: Stage) -> None:
    enemado, node, ours = stage
    rows = await enemado.latest_when(lambda rows: rows.get("aoba/roof/ac_power", {}).get("value") == 3500)
    assert rows["aoba/roof/state"]["state"] == "MPPT"
    await enemado.latest_when(lambda rows: rows.get("aoba/ev1/connector1.state", {}).get("state") == "AVAILABLE")

    pv, charger = node.objects[Eoj(0x0279, 1)], node.objects[Eoj(0x02A1, 1)]
    assert isinstance(charger, PseudoCharger)
    pv.properties[0xE0] = (1200).to_bytes(2)
    node.announce(("127.0.0.1", ours), pv.eoj, 0xE0)
    charger.put(plugged=True, power_w=3000, energy_wh=10)
    node.announce(("127.0.0.1", ours), charger.eoj, 0xC7, 0xDA, 0xD3, 0xE6)
    rows = await enemado.latest_when(lambda rows: rows["aoba/roof/ac_power"]["value"] == 1200)
    rows = await enemado.latest_when(lambda rows: rows["aoba/ev1/connector1.state"]["state"] == "CHARGING")
    assert rows["aoba/roof/link"]["state"] == "CONNECTED"

    cache = str(enemado.settings.with_name("cache.db"))
    code, out, _ = await enemado.run("device", "probe", "aoba/ev1", "--cache", cache, "--json")
    assert code == 0
    assert {point["path"]: point["value"] for point in json.loads(out)["points"]}["02A1:1.D3"] == 3000
    assert b"VIN-4711".hex() not in out
    assert b"VIN-4711" not in enemado.settings.with_name("cache.db").read_bytes()

    if not is_free(3610):
        pytest.skip("another program of this computer has the port of ECHONET Lite")
    code, out, _ = await enemado.run("device", "probe", f"echonet://127.0.0.1:{node.port}/0279:1?timeout=1", "--json")
    assert code == 0
    assert json.loads(out)["plate"]["serial"] == "P1"
    code, _, err = await enemado.run("device", "probe", f"echonet://127.0.0.1:{node.port}/027D:1?timeout=0.2")
    assert code == 2
    assert "0279:1" in err
    assert "Traceback" not in err
