"""``enemado device command`` with a real node and a charger of each version at its other end."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.charge_point import calling
from tests.support.node_process import NodeProcess, free_ports

SETTINGS = """
node: {{name: commands, cache: cache.db}}
ocpp: {{host: 127.0.0.1, port: {port}}}
sites:
  hall:
    name: {{en: Hall}}
    place: {{latitude: 35.68, longitude: 139.76}}
    timezone: Asia/Tokyo
    devices:
      charger: {{name: {{en: Charger}}, kind: charger, address: "ocpp://CP-01", security: none, connectors: [{{number: 1}}]}}
"""


def command(settings: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "device", "command", *words, "--settings", str(settings), "--json"],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else {}, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_command_and_its_receipt(version: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = tmp_path / "node.yaml"
    settings.write_text(SETTINGS.format(port=port), encoding="utf-8")
    node = NodeProcess(settings, port)
    await node.start()
    try:
        code, receipt, _ = await asyncio.to_thread(command, settings, "hall/charger", "reset")
        assert (code, receipt["verdict"]) == (1, "offline")
        async with calling(f"ws://127.0.0.1:{port}/ocpp", subprotocols=[version]) as cp, asyncio.TaskGroup() as tasks:
            await cp.ask("Heartbeat", {})
            asked = tasks.create_task(asyncio.to_thread(command, settings, "hall/charger", "availability", "off"))
            while (frame := await cp.receive())[2] != "ChangeAvailability":
                await cp.raw(json.dumps([4, frame[1], "NotSupported", "", {}]))
            await cp.raw(json.dumps([3, frame[1], {"status": "Scheduled"}]))
            code, receipt, _ = await asked
            assert (code, receipt["verdict"], receipt["word"]) == (0, "scheduled", "Scheduled")
            assert receipt["by"]
        for words, said in ((("hall/nobody", "reset"), "hall/nobody"), (("hall/charger", "unlock"), "--connector")):
            code, _, text = await asyncio.to_thread(command, settings, *words)
            assert code != 0
            assert said in text
            assert "Traceback" not in text
    finally:
        await node.stop()
