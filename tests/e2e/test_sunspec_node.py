"""A real node and pseudo SunSpec devices: missing at start, by day, faulty, probed over the node, lost and back."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backend.simulation.modbus import ModbusServer
from backend.simulation.sunspec import PseudoDevice, pseudo_inverter, pseudo_station

ROOT = Path(__file__).parents[2]
PATIENCE_S = 40.0
SETTINGS = """\
node: {{name: test, cache: {cache}, batch_seconds: 0.2}}
sites:
  aoba:
    name: {{ja: 青葉小学校, en: Aoba}}
    place: {{latitude: 35.6, longitude: 139.7}}
    timezone: Asia/Tokyo
    devices:
      roof: {{kind: inverter, name: {{en: R, ja: 屋根}}, address: "sunspec://127.0.0.1:{roof}?unit=126&timeout=1", interval_s: 1}}
      sky: {{kind: sensor, name: {{en: Sky, ja: 空}}, address: "sunspec://127.0.0.1:{sky}", interval_s: 1}}
"""


class Enemado:
    """The command, run on one settings file."""

    def __init__(self, settings: Path) -> None:
        self.settings = settings
        self._environment = os.environ | {"PYTHONUTF8": "1", "ENEMADO_LANGUAGE": "en"}

    async def run(self, *arguments: str) -> tuple[int, str]:
        process = await self.start(*arguments)
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *arguments),
            cwd=ROOT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def latest_when(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Rows of ``latest`` by point, as soon as they fulfil the condition."""
        rows: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    code, out = await self.run("latest", "--settings", str(self.settings), "--json")
                    rows = {row["point"]: row for row in json.loads(out)} if code == 0 else {}
                    if condition(rows):
                        return rows
        except TimeoutError:
            pytest.fail(f"not within {PATIENCE_S} s: {json.dumps(rows, indent=1)}")


Stage = tuple[Enemado, PseudoDevice, ModbusServer]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Stage]:
    """A node at work; the inverter's server knows its port and does not listen yet."""
    inverter, station = pseudo_inverter("S-1"), pseudo_station("W-1")
    roof, sky = inverter.serve((126,)), station.serve()
    await roof.start()
    await roof.stop()
    await sky.start()
    settings = tmp_path / "node.yaml"
    settings.write_text(SETTINGS.format(cache=tmp_path / "cache.db", roof=roof.port, sky=sky.port), "utf-8")
    enemado = Enemado(settings)
    node = await enemado.start("node", "--settings", str(settings))
    yield enemado, inverter, roof
    with suppress(ProcessLookupError):
        node.terminate()
    await node.communicate()
    await roof.stop()
    await sky.stop()


def value(rows: dict[str, Any], point: str) -> Any:
    return rows.get(point, {}).get("value")


async def test_a_day_of_a_roof(stage: Stage) -> None:
    enemado, inverter, roof = stage
    rows = await enemado.latest_when(lambda rows: value(rows, "aoba/sky/ambient_temperature") == 15)
    assert value(rows, "aoba/roof/ac_power") is None

    inverter.put(103, {"W": 4200, "WH": 1_000_000, "DCW": 4300, "St": 4})
    await roof.start()
    rows = await enemado.latest_when(lambda rows: value(rows, "aoba/roof/ac_power") == 4200)
    assert value(rows, "aoba/roof/ac_energy") == 1_000_000
    assert rows["aoba/roof/state"]["state"] == "MPPT"
    assert rows["aoba/roof/ac_power"]["quality"] == "GOOD"

    code, out = await enemado.run(
        "device", "probe", "aoba/roof", "--cache", str(enemado.settings.with_name("cache.db")), "--json"
    )
    assert code == 0
    assert {point["path"]: point["value"] for point in json.loads(out)["points"]}["103#0.W"] == 4200

    inverter.put(103, {"W": 0, "St": 7, "Evt1": 1})
    rows = await enemado.latest_when(lambda rows: value(rows, "aoba/roof/health") == 3)
    assert (value(rows, "aoba/roof/ac_power"), rows["aoba/roof/ac_power"]["quality"]) == (0, "GOOD")

    await roof.stop()
    rows = await enemado.latest_when(lambda rows: rows["aoba/roof/link"]["state"] in ("LOST", "ASLEEP"))
    assert value(rows, "aoba/sky/link") == 1

    inverter.put(103, {"W": 100, "St": 4, "Evt1": 0})
    await roof.start()
    rows = await enemado.latest_when(lambda rows: value(rows, "aoba/roof/ac_power") == 100)
    assert rows["aoba/roof/link"]["state"] == "CONNECTED"
