"""The central system over real sockets, as a charger meets it."""

import asyncio
import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from backend.drivers.ocpp.listeners import LARGEST_FRAME
from backend.model.delivery import Delivery, StorageError
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import EventKind
from backend.model.quality import Flag
from backend.model.states import ChargingState, Connectivity, ConnectorState
from tests.support.charge_point import calling, charger, serving, until
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model", "chargePointSerialNumber": "S1", "firmwareVersion": "1"}


def statuses(sink: RecordingSink) -> list[DeviceStatus]:
    return [state for delivery in sink.deliveries for state in delivery.states if isinstance(state, DeviceStatus)]


def connectors(sink: RecordingSink) -> list[ConnectorStatus]:
    return [state for delivery in sink.deliveries for state in delivery.states if isinstance(state, ConnectorStatus)]


async def test_a_charger_boots_reports_and_charges() -> None:
    sink = RecordingSink()
    clock = FakeClock()
    async with serving(sink, clock=clock) as url, calling(url) as cp:
        assert cp.socket.subprotocol == "ocpp1.6"
        _, _, boot = await cp.ask("BootNotification", BOOT)
        assert boot["status"] == "Accepted"
        assert boot["interval"] == 60
        await cp.ask("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"})
        await cp.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
        start = {"connectorId": 1, "idTag": "SECRET-TAG", "meterStart": 1200, "timestamp": "2026-11-23T01:00:00Z"}
        _, _, started = await cp.ask("StartTransaction", start)
        assert started["idTagInfo"] == {"status": "Accepted"}
        value = {"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"}
        entry = {"timestamp": "2026-11-23T02:00:00Z", "sampledValue": [value]}
        assert await cp.ask("MeterValues", {"connectorId": 1, "meterValue": [entry]}) == [3, "m5", {}]
        await cp.socket.close()
        await until(lambda: statuses(sink)[-1].connectivity is Connectivity.LOST)
    assert statuses(sink)[-1].plate.serial == "S1"
    assert statuses(sink)[-1].insecure
    last = connectors(sink)[-1]
    assert (last.connector, last.state, last.charging) == (1, ConnectorState.CHARGING, ChargingState.CHARGING)
    assert last.session_start_wh == 1200
    latest = {reading.point: reading for reading in sink.readings}
    assert latest["hall/CP-01/connector1.power"].value == 7200
    assert latest["hall/CP-01/connector1.energy"].value == 1200
    assert latest["hall/CP-01/station.state"].value == ConnectorState.AVAILABLE
    assert set(latest) <= set(sink.points)
    assert "SECRET-TAG" not in repr(sink.deliveries)


class SlowSink(RecordingSink):
    """Keeps a delivery only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[asyncio.Future[None]] = []

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        super().accept(delivery)
        self.pending.append(asyncio.get_running_loop().create_future())
        return self.pending[-1]


async def test_nothing_is_answered_before_it_is_kept() -> None:
    sink = SlowSink()
    async with serving(sink) as url, calling(url) as cp:
        await cp.raw('[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]')
        await until(lambda: any(delivery.readings and delivery.states and delivery.urgent for delivery in sink.deliveries[1:]))
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(cp.receive())
            pong = await cp.socket.ping()
            await pong
            assert not receiving.done()
            sink.pending[-1].set_result(None)
        assert receiving.result() == [3, "a", {}]


async def test_what_was_not_kept_is_refused_and_taken_when_it_comes_again() -> None:
    sink = SlowSink()
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-11-23T01:00:00Z"}
    async with serving(sink) as url, calling(url) as cp:
        await until(lambda: len(sink.pending) == 1)
        for number, error in ((2, StorageError("disk full")), (3, None)):
            await cp.raw(json.dumps([2, f"s{number}", "StartTransaction", start]))
            await until(lambda number=number: len(sink.pending) == number)
            future = sink.pending[-1]
            future.set_exception(error) if error else future.set_result(None)
            frame = await cp.receive()
            assert frame[0] == (4 if error else 3)
    assert [event.kind for event in sink.events].count(EventKind.SESSION_STARTED) == 2


async def test_silence_on_a_half_open_socket_is_noticed() -> None:
    sink = RecordingSink()
    clock = FakeClock()
    async with serving(sink, clock=clock, heartbeat_s=10) as url, calling(url) as cp:
        await cp.ask("Heartbeat", {})
        clock.advance(29)
        await cp.ask("Heartbeat", {})
        clock.advance(29)
        await (await cp.socket.ping())
        assert statuses(sink)[-1].connectivity is Connectivity.CONNECTED
        clock.advance(2)
        await until(lambda: statuses(sink)[-1].connectivity is Connectivity.LOST)
        lost = [event for event in sink.events if event.kind is EventKind.DEVICE_LOST]
        assert [event.data["cause"] for event in lost] == ["silent"]


async def test_a_quiet_charger_is_asked_and_any_answer_keeps_it() -> None:
    sink = RecordingSink()
    clock = FakeClock()
    async with serving(sink, clock=clock, heartbeat_s=10, settle_s=0.01) as url, calling(url) as cp:
        await cp.raw('[2,"b","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
        for _ in range(3):
            frame = await cp.receive()
            if frame[0] == 2:
                await cp.raw(json.dumps([4, frame[1], "NotSupported", "", {}]))
        await cp.ask("Heartbeat", {})
        for _ in range(4):
            clock.advance(16)
            frame = await cp.receive()
            assert frame[2:] == ["TriggerMessage", {"requestedMessage": "Heartbeat"}]
            await cp.raw(json.dumps([4, frame[1], "NotSupported", "", {}]))
            sent = json.dumps([2, f"h{clock.monotonic()}", "Heartbeat", {}])
            await cp.raw(sent)
            assert (await cp.receive())[0] == 3
        assert statuses(sink)[-1].connectivity is Connectivity.CONNECTED


async def test_the_newest_of_two_sockets_wins() -> None:
    sink = RecordingSink()
    async with serving(sink) as url, calling(url) as old, calling(url) as new:
        async with asyncio.timeout(2):
            await old.socket.wait_closed()
        assert (await new.ask("Heartbeat", {}))[0] == 3
        kinds = [event.kind for event in sink.events]
        assert kinds.count(EventKind.DEVICE_CONNECTED) == 1
        assert EventKind.DEVICE_LOST not in kinds


async def test_missed_news_are_asked_for_after_a_restart() -> None:
    sink = RecordingSink()
    async with serving(sink, settle_s=0.01) as url, calling(url) as cp:
        wanted = []
        while "ChangeConfiguration" not in wanted:
            frame = await cp.receive()
            wanted.append(frame[3].get("requestedMessage", frame[2]))
            await cp.raw(json.dumps([3, frame[1], {"status": "Accepted"}]))
        assert wanted == ["BootNotification", "StatusNotification", "MeterValues", "ChangeConfiguration"]


async def test_a_bad_frame_does_not_cost_the_connection() -> None:
    sink = RecordingSink()
    async with serving(sink) as url, calling(url) as cp:
        for frame in ("", "{", "[]", "[2]", "[9,1]", "null", "[3,7]", "[4]", '[2,null,"Heartbeat",{}]', b"\xff\xfe"):
            await cp.raw(frame)
        await cp.raw('[2,"x","Heartbeat"]')
        assert (await cp.receive())[:3] == [4, "x", "FormationViolation"]
        assert (await cp.ask("NoSuchAction", {}))[2] == "NotImplemented"
        assert (await cp.ask("MeterValues", {}))[2] == "ProtocolError"
        assert (await cp.ask("Heartbeat", {}))[0] == 3
    complaints = [event for event in sink.events if event.kind is EventKind.MALFORMED]
    assert len(complaints) == 5, "a flood of nonsense fills no store"


async def test_a_giant_frame_is_cut_off_and_the_next_connection_is_served() -> None:
    sink = RecordingSink()
    async with serving(sink) as url:
        async with calling(url) as cp:
            await cp.raw("x" * (LARGEST_FRAME + 1))
            with pytest.raises(ConnectionClosed) as closed:
                await cp.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        async with calling(url) as cp:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
    assert [event.data["what"] for event in sink.events if event.kind is EventKind.MALFORMED] == ["too_large"]


async def test_closing_takes_less_than_a_second_whatever_the_chargers_do() -> None:
    sink = SlowSink()
    context = serving(sink, [charger(f"CP-{n}") for n in range(20)])
    url = await context.__aenter__()
    open_ones = []
    for number in range(20):
        one = calling(url, f"CP-{number}")
        cp = await one.__aenter__()
        open_ones.append((one, cp))
        await cp.raw('[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]')
        cp.socket.transport.pause_reading()
    await until(lambda: len(sink.pending) >= 40)
    began = time.perf_counter()
    await context.__aexit__(None, None, None)
    assert time.perf_counter() - began < 1.0
    for one, cp in open_ones:
        cp.socket.transport.abort()
        await one.__aexit__(None, None, None)


def entry(hour: int, *samples: object) -> dict[str, object]:
    return {"timestamp": f"2026-11-23T0{hour}:00:00Z", "sampledValue": list(samples)}


@pytest.mark.parametrize(
    ("meter_value", "values"),
    [
        pytest.param(entry(1, {"value": "5"}), [5], id="an object where a list belongs"),
        pytest.param([entry(0, {"value": 5}), entry(1, {"value": 6.5})], [5, 6.5], id="numbers, and a backlog"),
        pytest.param([entry(1)], [], id="no samples during a firmware update"),
        pytest.param([], [], id="nothing at all"),
    ],
)
async def test_what_chargers_in_the_field_were_seen_to_send(meter_value: object, values: list[float]) -> None:
    sink = RecordingSink()
    async with serving(sink) as url, calling(url) as cp:
        assert await cp.ask("MeterValues", {"connectorId": 1, "meterValue": meter_value}) == [3, "m1", {}]
        assert (await cp.ask("Heartbeat", {}))[0] == 3
    energies = [reading for reading in sink.readings if reading.point == "hall/CP-01/connector1.energy"]
    assert [reading.value for reading in energies] == values
    assert all(reading.flags is Flag.REPAIRED for reading in energies)
    assert len({reading.at_ms for reading in energies}) == len(values)
