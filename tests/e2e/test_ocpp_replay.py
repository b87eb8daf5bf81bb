"""The frames of another project's charge-point simulator, replayed over a real WebSocket."""

import asyncio
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ocpp.messages import MessageType, get_validator

from backend.model.device import ConnectorStatus
from backend.model.event import EventKind
from backend.model.states import ChargingState, ConnectorState
from tests.support.charge_point import Bare, calling, charger, serving
from tests.support.clock import FakeClock
from tests.support.node_process import NodeProcess, free_ports
from tests.support.sink import RecordingSink

RECORDED = Path(__file__).parents[3] / "shared/data/ocpp/ocpp16_shiv3.jsonl"


def moment_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def session(number: int, start: str, end: str, meter: int) -> list[tuple[str, list[Any]]]:
    """A made-up recording of the same shape: a session of a few seconds."""
    calls: list[tuple[str, str, dict[str, Any]]] = [
        (start, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}),
        (start, "StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}),
        (start, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}),
        (start, "StartTransaction", {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": start}),
        (
            end,
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": number,
                "meterValue": [
                    {
                        "timestamp": end,
                        "sampledValue": [
                            {"value": str(meter), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
                            {"value": "150000", "measurand": "Power.Active.Import", "unit": "W"},
                        ],
                    }
                ],
            },
        ),
        (end, "StopTransaction", {"transactionId": number, "idTag": "T", "meterStop": meter, "timestamp": end}),
        (end, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}),
    ]
    return [(at, [2, f"m{index}", action, payload]) for index, (at, action, payload) in enumerate(calls)]


def recorded() -> list[tuple[str, list[Any]]]:
    rows = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    return [(row["t"], row["frame"]) for row in rows if row["dir"] == "in" and row["frame"][0] == 2]


async def replay(cp: Bare, clock: FakeClock, calls: list[tuple[str, list[Any]]]) -> None:
    """Send what the charger sent when it sent it, with the transaction numbers that we give."""
    numbers: dict[int, int] = {}
    given = 0
    for at, frame in calls:
        clock.advance(moment_ms(at) / 1000 - clock.now_ms() / 1000)
        payload = dict(frame[3])
        if "transactionId" in payload:
            payload["transactionId"] = numbers.get(payload["transactionId"], given)
        await cp.raw(json.dumps([2, frame[1], frame[2], payload]))
        answer = await cp.answer(frame[1])
        assert answer[0] == 3, frame
        get_validator(MessageType.CallResult, frame[2], "1.6").validate(answer[2])
        given = answer[2].get("transactionId", given)


def calls_of(source: str) -> list[tuple[str, list[Any]]]:
    """The recorded frames, or a made-up session that always is at hand."""
    if source == "made up":
        return session(1001, "2026-11-23T12:10:29.412Z", "2026-11-23T12:10:35.417Z", 1500)
    if not RECORDED.exists():
        pytest.skip(f"the recorded frames are not beside this repository: {RECORDED.name}")
    return recorded()


@pytest.mark.parametrize("source", ["recorded", "made up"])
async def test_a_recorded_charger_is_answered_and_understood(source: str) -> None:
    calls = calls_of(source)
    sink = RecordingSink()
    clock = FakeClock(moment_ms(calls[0][0]))
    async with (
        serving(sink, [charger("SHIV16")], clock=clock, settle_s=0.01) as url,
        calling(url, "SHIV16") as cp,
    ):
        await replay(cp, clock, calls)
    latest = {reading.point: reading for reading in sorted(sink.readings, key=lambda reading: reading.at_ms)}
    assert latest["hall/SHIV16/connector1.power"].value == 150_000
    assert latest["hall/SHIV16/connector1.energy"].value == 1500
    assert latest["hall/SHIV16/connector1.energy"].at_ms == moment_ms("2026-11-23T12:10:35.417Z")
    assert latest["hall/SHIV16/connector1.state"].value == ConnectorState.AVAILABLE
    assert latest["hall/SHIV16/connector1.charging"].value == ChargingState.NONE
    assert latest["hall/SHIV16/station.state"].value == ConnectorState.AVAILABLE
    last = {s.connector: s for d in sink.deliveries for s in d.states if isinstance(s, ConnectorStatus)}
    assert {number: status.state for number, status in last.items() if number < 2} == {
        0: ConnectorState.AVAILABLE,
        1: ConnectorState.AVAILABLE,
    }
    kinds = [event.kind for event in sink.events]
    assert kinds.count(EventKind.SESSION_STARTED) == kinds.count(EventKind.SESSION_STOPPED) > 0
    assert EventKind.MALFORMED not in kinds
    assert "TAG777" not in repr(sink.deliveries)


SETTINGS = """
node: {{name: replay, cache: cache.db}}
ocpp: {{host: 127.0.0.1, port: {port}}}
sites:
  hall:
    name: {{en: Hall}}
    place: {{latitude: 35.68, longitude: 139.76}}
    timezone: Asia/Tokyo
    devices:
      charger:
        name: {{en: Charger}}
        kind: charger
        address: ocpp://SHIV16
        security: none
        connectors: [{{number: 1}}, {{number: 2}}]
"""


@pytest.mark.parametrize("source", ["recorded", "made up"])
async def test_the_command_shows_what_the_charger_said(source: str, tmp_path: Path) -> None:
    calls = calls_of(source)
    (port,) = free_ports(1)
    settings = tmp_path / "node.yaml"
    settings.write_text(SETTINGS.format(port=port), encoding="utf-8")
    node = NodeProcess(settings, port)
    await node.start()
    try:
        async with calling(f"ws://127.0.0.1:{port}/ocpp", "SHIV16") as cp:
            await replay(cp, FakeClock(moment_ms(calls[0][0])), calls)
            shown = await asyncio.to_thread(latest, settings)
    finally:
        await node.stop()
    assert shown["hall/charger/connector1.power"]["value"] == 150_000
    assert shown["hall/charger/connector1.power"]["unit"] == "W"
    assert shown["hall/charger/connector1.energy"]["value"] == 1500
    assert shown["hall/charger/connector1.state"]["state"] == "AVAILABLE"
    assert shown["hall/charger/connector1.charging"]["state"] == "NONE"
    assert shown["hall/charger/station.state"]["state"] == "AVAILABLE"
    assert shown["hall/charger/link"]["state"] == "CONNECTED"
    assert {row["quality"] for row in shown.values()} == {"GOOD"}


def latest(settings: Path) -> dict[str, dict[str, Any]]:
    """What ``enemado latest`` says, by point."""
    command = [sys.executable, "-m", "app.cli", "latest", "--settings", str(settings), "--json"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True, timeout=60)
    return {row["point"]: row for row in json.loads(done.stdout)}
