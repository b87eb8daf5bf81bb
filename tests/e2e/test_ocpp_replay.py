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
from backend.model.quality import Flag
from backend.model.states import ChargingState, ConnectorState
from tests.support.charge_point import Bare, calling, charger, serving
from tests.support.clock import FakeClock
from tests.support.node_process import NodeProcess, free_ports
from tests.support.sink import RecordingSink

FOLDER = Path(__file__).parents[3] / "shared/data/ocpp"
RECORDED = FOLDER / "ocpp16_shiv3.jsonl"


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


def recorded(file: Path = RECORDED) -> list[tuple[str, list[Any]]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(row["t"], row["frame"]) for row in rows if row["dir"] == "in" and row["frame"][0] == 2]


async def replay(cp: Bare, clock: FakeClock, calls: list[tuple[str, list[Any]]], version: str = "1.6") -> None:
    """Send what the charger sent when it sent it, with the transaction numbers that we give."""
    numbers: dict[int, int] = {}
    given = 0
    for at, frame in calls:
        clock.advance(moment_ms(at) / 1000 - clock.now_ms() / 1000)
        payload = dict(frame[3])
        if version == "1.6" and "transactionId" in payload:
            payload["transactionId"] = numbers.get(payload["transactionId"], given)
        await cp.raw(json.dumps([2, frame[1], frame[2], payload]))
        answer = await cp.answer(frame[1])
        assert answer[0] == 3, frame
        get_validator(MessageType.CallResult, frame[2], version).validate(answer[2])
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


def session_v2(start: str, end: str, meter_kwh: float) -> list[tuple[str, list[Any]]]:
    """A made-up recording of OCPP 2.x of the same shape."""
    register = {"measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "kWh"}}
    token = {"idToken": {"idToken": "TAG777", "type": "ISO14443"}, "evse": {"id": 1, "connectorId": 1}}

    def status(at: str, word: str, evse: int = 1) -> tuple[str, str, dict[str, Any]]:
        place = {"evseId": evse, "connectorId": min(evse, 1)}
        return at, "StatusNotification", {"timestamp": at, "connectorStatus": word, **place}

    def event(at: str, kind: str, seq: int, kwh: float, **info: str) -> tuple[str, str, dict[str, Any]]:
        meter = [{"timestamp": at, "sampledValue": [{"value": kwh, **register}]}]
        told = {"eventType": kind, "timestamp": at, "triggerReason": "Authorized", "seqNo": seq, "meterValue": meter, **token}
        return at, "TransactionEvent", told | {"transactionInfo": {"transactionId": "made-up", **info}}

    power = {"value": 0, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        (start, "BootNotification", {"reason": "PowerUp", "chargingStation": {"model": "CLI-Model", "vendorName": "V"}}),
        status(start, "Available", 0),
        status(start, "Available"),
        (start, "Authorize", {"idToken": token["idToken"]}),
        status(start, "Occupied"),
        event(start, "Started", 0, 0, chargingState="Charging"),
        (end, "MeterValues", {"evseId": 1, "meterValue": [{"timestamp": end, "sampledValue": [power]}]}),
        event(end, "Ended", 1, meter_kwh, stoppedReason="Local"),
        status(end, "Occupied"),
        status(end, "Available"),
    ]
    return [(at, [2, f"m{index}", action, payload]) for index, (at, action, payload) in enumerate(calls)]


@pytest.mark.parametrize(
    ("version", "source"),
    [
        ("2.0.1", "ocpp201_shiv3.jsonl"),
        ("2.1", "ocpp21_shiv3.jsonl"),
        ("2.0.1", "made up"),
        ("2.1", "made up"),
    ],
)
async def test_a_recorded_station_of_2_x_is_answered_and_understood(
    version: str, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    if source == "made up":
        calls = session_v2("2026-11-23T12:10:29.428Z", "2026-11-23T12:10:35.407Z", 1.5)
    elif not (FOLDER / source).exists():
        pytest.skip(f"the recorded frames are not beside this repository: {source}")
    else:
        calls = recorded(FOLDER / source)
    sink = RecordingSink()
    clock = FakeClock(moment_ms(calls[0][0]))
    async with (
        serving(sink, [charger("SHIV")], clock=clock, settle_s=0.01) as url,
        calling(url, "SHIV", subprotocols=[f"ocpp{version}"]) as cp,
    ):
        await replay(cp, clock, calls, version)
    charged = [s for d in sink.deliveries for s in d.states if isinstance(s, ConnectorStatus) and s.connector == 1]
    seen = [status.state for status in charged]
    assert [state for n, state in enumerate(seen) if n == 0 or seen[n - 1] is not state] == [
        ConnectorState.AVAILABLE,
        ConnectorState.PREPARING,
        ConnectorState.CHARGING,
        ConnectorState.FINISHING,
        ConnectorState.AVAILABLE,
    ]
    latest = {reading.point: reading for reading in sorted(sink.readings, key=lambda reading: reading.at_ms)}
    ended = [payload for _, (_, _, action, payload) in calls if action == "TransactionEvent"][-1]
    assert latest["hall/SHIV/connector1.energy"].value == 1500
    assert latest["hall/SHIV/connector1.energy"].at_ms == moment_ms(ended["timestamp"])
    assert latest["hall/SHIV/connector1.power"].value == 0
    assert latest["hall/SHIV/connector1.state"].value == ConnectorState.AVAILABLE
    assert latest["hall/SHIV/connector1.charging"].value == ChargingState.NONE
    assert latest["hall/SHIV/station.state"].value == ConnectorState.AVAILABLE
    assert set(latest) <= set(sink.points)
    (stopped,) = [event for event in sink.events if event.kind is EventKind.SESSION_STOPPED]
    assert stopped.data["transaction"] == ended["transactionInfo"]["transactionId"]
    assert (stopped.data["energy_wh"], stopped.data["reason"], stopped.data.get("missing")) == (1500, "Local", None)
    assert stopped.data["started_ms"] == moment_ms(
        next(payload["timestamp"] for _, (_, _, action, payload) in calls if action == "TransactionEvent")
    )
    plates = [event.data["model"] for event in sink.events if event.kind is EventKind.DEVICE_IDENTIFIED]
    assert plates == ["CLI-Model"]
    assert EventKind.MALFORMED not in [event.kind for event in sink.events]
    assert {reading.flags for reading in sink.readings} == {Flag.NONE}
    assert "TAG" not in repr(sink.deliveries)
    assert caplog.records == []


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
    assert {row["quality"] for point, row in shown.items() if point.startswith("hall/charger/")} == {"GOOD"}


def latest(settings: Path) -> dict[str, dict[str, Any]]:
    """What ``enemado latest`` says, by point."""
    command = [sys.executable, "-m", "app.cli", "latest", "--settings", str(settings), "--json"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True, timeout=60)
    return {row["point"]: row for row in json.loads(done.stdout)}
