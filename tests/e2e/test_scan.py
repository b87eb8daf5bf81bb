"""``enemado device scan`` as a person runs it: a table, JSON, a cancelled one, a network that is too large."""

import asyncio
import json
import os
import pty
import signal
from pathlib import Path

import pytest

from backend.simulation.modbus import Fault
from backend.simulation.sunspec import pseudo_inverter, pseudo_meter
from tests.support.command import Enemado
from tests.support.until import until

SETTINGS = """\
node: {{name: test, cache: cache.db}}
sites:
  aoba:
    name: {{en: Aoba}}
    place: {{latitude: 35.6, longitude: 139.7}}
    timezone: Asia/Tokyo
    devices:
      roof: {{kind: inverter, name: {{en: R}}, address: "sunspec://127.0.0.1:{port}?unit=any"}}
"""


@pytest.fixture
def enemado(tmp_path: Path) -> Enemado:
    return Enemado(tmp_path / "data")


async def test_devices_are_shown_with_their_addresses_and_whether_they_are_registered(enemado: Enemado, tmp_path: Path) -> None:
    settings = tmp_path / "node.yaml"
    async with pseudo_inverter("S-1").serve((126,)) as inverter, pseudo_meter("M-1").serve() as meter:
        settings.write_text(SETTINGS.format(port=inverter.port), "utf-8")
        ports = ("--port", inverter.port, "--port", meter.port, "--protocol", "sunspec")
        said = await enemado("device", "scan", "127.0.0.1", *ports, "--settings", settings, "--format", "json")
        table = await enemado("device", "scan", "127.0.0.1", *ports)
    assert (said.code, said.err) == (0, "")
    rows = {row["address"]: row for row in json.loads(said.out)}
    assert rows[f"sunspec://127.0.0.1:{inverter.port}?unit=126"]["registered"] == "aoba/roof"
    other = rows[f"sunspec://127.0.0.1:{meter.port}?unit=1"]
    assert (other["registered"], other["kind"], other["plate"]["serial"]) == ("", "meter", "M-1")
    assert "S-1" in table.out
    assert "enemado device add" in table.out


async def test_ctrl_c_shows_what_was_found_so_far(enemado: Enemado) -> None:
    good, silent = pseudo_inverter("S-1").serve(), pseudo_inverter("S-2").serve()
    silent.fault = Fault.SILENT
    async with good, silent:
        ports = ("--port", good.port, "--port", silent.port, "--protocol", "sunspec")
        process = await enemado.start("device", "scan", "127.0.0.1", *ports)
        await until(lambda: silent.requests and good.requests and good.connected == 0)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            out, err = await process.communicate()
    assert process.returncode == 130
    assert b"S-1" in out
    assert b"so far" in err
    assert b"Traceback" not in out + err


async def test_a_network_without_answers_says_so(enemado: Enemado) -> None:
    said = await enemado("device", "scan", "127.0.3.0/28", "--protocol", "sunspec")
    assert (said.code, said.err) == (0, "")
    assert "Nothing was found" in said.out


@pytest.mark.parametrize("arguments", [("10.0.0.0/8",), ("nonsense",), ("127.0.0.1", "--protocol", "telepathy")])
async def test_what_cannot_be_searched_is_explained(enemado: Enemado, arguments: tuple[str, ...]) -> None:
    said = await enemado("device", "scan", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err


async def test_at_a_terminal_the_progress_is_seen(enemado: Enemado) -> None:
    ours, theirs = pty.openpty()
    try:
        async with pseudo_inverter("S-1").serve() as server:
            arguments = ("device", "scan", "127.0.0.1", "--port", server.port, "--protocol", "sunspec")
            process = await enemado.start(*arguments, err=theirs)
            async with asyncio.timeout(30):
                await process.communicate()
        assert b"Searching, 0 found 0 %" in os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)
