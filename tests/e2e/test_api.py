"""A node that other programs may ask: over TLS, with a token of the command, from the device to the answer."""

import asyncio
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from backend.api.tokens import Scope, token_file
from backend.api.v1.server import api_server
from backend.model.clock import SystemClock
from backend.node import open_node
from backend.settings import ApiListener, load
from backend.simulation.sunspec import pseudo_inverter
from tests.support.certificates import make_certificates, trusting
from tests.support.node_process import ROOT, free_ports
from tests.support.small_cache import small_cache
from tests.support.small_site import write_settings
from tests.support.until import until


def everything(cache: Path) -> dict[str, str]:
    """The header of somebody who may see all."""
    _, word = token_file(cache).create("test", tuple(Scope), SystemClock().now_ms(), 1)
    return {"Authorization": f"Bearer {word}"}


async def answers(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).status_code == 200
    except httpx.TransportError:
        return False


async def tells(client: httpx.AsyncClient, point: str) -> bool:
    """Whether there is a reading of the point."""
    return await answers(client, "/v1/latest") and point in (await client.get("/v1/latest")).text


async def test_what_a_device_says_is_answered_over_tls(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    inverter = pseudo_inverter("SN-1", strings=0)
    inverter.put(103, {"W": 14_800, "WH": 52_600, "St": 4})
    ocpp, port = free_ports(2)
    async with inverter.serve((126,)) as server:
        path = write_settings(tmp_path, server.port, ocpp)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"api: {{host: 0.0.0.0, port: {port}, tls: {{certificate: node.pem, key: node.key}}}}\n")
        settings = load(path)
        url, context = f"https://127.0.0.1:{port}", trusting(tmp_path, None)
        async with open_node(settings) as node:
            async with httpx.AsyncClient(
                base_url=url, verify=context, headers=everything(settings.cache), trust_env=False
            ) as client:
                await until(lambda: tells(client, "school/pcs1/state"))
                rows = {row["point"]: row for row in (await client.get("/v1/latest")).json()["items"]}
                assert (rows["school/pcs1/ac_power"]["value"], rows["school/pcs1/state"]["state"]) == (14_800, "MPPT")
                assert (await node.actions["status"]({}))["api_trouble"] == ""
                async with client.stream("GET", "/v1/stream") as stream:
                    await node.actions["reload"]({})
                    lines = [line async for line in stream.aiter_lines()]
                assert lines[0] == ": begun"
                await until(lambda: answers(client, "/v1/sites"))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as plain:
                assert not await answers(plain, "/openapi.json")


GATEWAY = """\
      meter:
        kind: meter
        name: {en: Meter}
        address: gateway://roof
        points: {power: {unit: W}, energy: {unit: Wh, kind: accumulating}}
ocpp:"""


async def test_a_gateway_speaks_for_a_device_and_a_node_that_came_back_knows_what_it_took(tmp_path: Path) -> None:
    ocpp, port = free_ports(2)
    path = write_settings(tmp_path, 1, ocpp)
    text = path.read_text("utf-8").replace("\nocpp:", f"\n{GATEWAY}", 1)
    path.write_text(f"{text}api: {{port: {port}}}\n", encoding="utf-8")
    settings = load(path)
    _, word = token_file(settings.cache).create(
        "gw", (Scope.WRITE, Scope.VALUES, Scope.PLACES), SystemClock().now_ms(), 1, ["school/meter"]
    )
    at = datetime.now(UTC).isoformat()
    batch = {"sequence": 1, "readings": [{"point": "school/meter/power", "at": at, "value": 7.5}]}
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {word}"}, trust_env=False)
    async with client:
        for repeated in (False, True):
            async with open_node(settings):
                await until(lambda: answers(client, "/v1/node"))
                assert (await client.post("/v1/readings", json=batch)).json()["repeated"] is repeated
                rows = {row["point"]: row for row in (await client.get("/v1/latest")).json()["items"]}
                assert (rows["school/meter/power"]["value"], rows["school/meter/link"]["state"]) == (7.5, "CONNECTED")
                found = {row["key"]: row for row in (await client.get("/v1/devices")).json()["items"]}
                assert [found[key]["attested"] for key in ("school/meter", "school/pcs1")] == [True, False]


async def test_a_taken_port_is_told_and_tried_again(tmp_path: Path) -> None:
    cache = tmp_path / "node.enemado"
    async with small_cache(cache), asyncio.TaskGroup() as tasks:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            server = api_server(ApiListener(port=port), cache, try_again_s=0.05)
            running = tasks.create_task(server.run(), name="api")
            await until(lambda: server.trouble)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=everything(cache), trust_env=False) as client:
            await until(lambda: answers(client, "/v1/node"))
        assert server.trouble == ""
        running.cancel()


def test_a_node_that_nobody_asks_loads_no_libraries_for_it() -> None:
    program = "import sys, backend.node, app.cli; print(sorted({'fastapi', 'starlette', 'uvicorn', 'uvloop'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
