"""The pseudo charge point against the real central system."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.ocpp.frames import Payload
from backend.model.command import CommandKind, Order, Verdict
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import EventKind
from backend.model.states import Connectivity, ConnectorState, DeviceHealth
from backend.settings.node import OcppListener
from backend.simulation.charging import Visit
from backend.simulation.ocpp import ChargePoint, Fault, Make
from backend.simulation.words import Words16, Words201
from tests.support.charge_point import charger, serving, until
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink


class Sink(RecordingSink):
    """Also keeps the newest state of everything."""

    def connector(self, number: int) -> ConnectorStatus | None:
        found = [s for d in self.deliveries for s in d.states if isinstance(s, ConnectorStatus) and s.connector == number]
        return found[-1] if found else None

    def device(self) -> DeviceStatus:
        return [s for d in self.deliveries for s in d.states if isinstance(s, DeviceStatus)][-1]

    def shows(self, state: ConnectorState) -> bool:
        status = self.connector(1)
        return status is not None and status.state is state

    def count(self, kind: EventKind) -> int:
        return [event.kind for event in self.events].count(kind)


@asynccontextmanager
async def running(*points: ChargePoint) -> AsyncGenerator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(point.run()) for point in points]
        yield
        for task in running:
            task.cancel()


def visit(clock: FakeClock) -> Visit:
    now_ms = clock.now_ms()
    return Visit(1, now_ms + 60_000, now_ms + 3_600_000, 6000.0)


VERSIONS = pytest.mark.parametrize("words", [Words16, Words201])


@VERSIONS
async def test_a_whole_session_is_seen_as_it_was(words: type[Words16 | Words201]) -> None:
    sink, clock = Sink(), FakeClock()
    kept: list[tuple[str, Payload]] = []
    async with serving(sink, clock=clock) as url:
        point = ChargePoint(
            Make("CP-01", words=words),
            url,
            clock,
            [visit(clock)],
            acknowledged=lambda *call: kept.append(call),
            tick_s=0.01,
            retry_s=0.02,
        )
        async with running(point):
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))
            clock.advance(61)
            await until(lambda: sink.shows(ConnectorState.PREPARING))
            clock.advance(1800)
            await until(lambda: sink.shows(ConnectorState.CHARGING))
            clock.advance(1790)
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))
    powers = [r.value for r in sink.readings if r.point == "hall/CP-01/connector1.power"]
    energies = [(r.at_ms, r.value or 0) for r in sink.readings if r.point == "hall/CP-01/connector1.energy"]
    assert len(powers) > 100
    assert set(powers) == {6000.0}
    assert energies == sorted(energies)
    assert abs(energies[-1][1] - energies[0][1] - 6000 * (3600 - 60 - 35) / 3600) <= 1
    assert (sink.count(EventKind.SESSION_STARTED), sink.count(EventKind.SESSION_STOPPED)) == (1, 1)
    assert sink.count(EventKind.MALFORMED) == 0
    actions = [action for action, _ in kept]
    assert actions[0] == "BootNotification"
    assert sum(action in {"MeterValues", "TransactionEvent"} for action in actions) - 2 * (words is Words201) == len(powers)


@VERSIONS
async def test_a_car_that_was_there_before_us_began_at_its_own_time(words: type[Words16 | Words201]) -> None:
    sink, clock = Sink(), FakeClock()
    now_ms = clock.now_ms()
    there = Visit(1, now_ms - 17 * 60_000, now_ms + 600_000, 38_200.0, 62_000)
    async with serving(sink, clock=clock) as url:
        point = ChargePoint(Make("CP-01", volts=380.0, words=words), url, clock, [there], tick_s=0.01, retry_s=0.02)
        async with running(point):
            await until(lambda: sink.shows(ConnectorState.CHARGING))
            await until(lambda: len([r for r in sink.readings if r.point == "hall/CP-01/connector1.power"]) == 2)
    status = sink.connector(1)
    assert status is not None
    assert status.session_since_ms == there.begin_ms
    latest = {reading.point.rpartition(".")[2]: reading.value or 0.0 for reading in sink.readings}
    assert latest["power"] == 38_200
    assert abs(latest["voltage"] * latest["current"] - latest["power"]) < 20
    assert latest["energy"] - (status.session_start_wh or 0) == round(38_200 * (17 * 60 - 20) / 3600)


@VERSIONS
async def test_what_happens_off_line_is_told_later_with_its_own_times(words: type[Words16 | Words201]) -> None:
    sink, clock = Sink(), FakeClock()
    async with serving(sink, clock=clock) as url:
        point = ChargePoint(Make("CP-01", words=words), url, clock, [visit(clock)], tick_s=0.01, retry_s=0.02)
        async with running(point):
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))
            await point.start(Fault.DISCONNECTED)
            await until(lambda: sink.device().connectivity is Connectivity.LOST)
            for _ in range(8):
                clock.advance(500)
                point.step()
            point.end(Fault.DISCONNECTED)
            await until(lambda: sink.count(EventKind.SESSION_STOPPED) == 1)
    powers = [r.at_ms for r in sink.readings if r.point == "hall/CP-01/connector1.power"]
    assert len(set(powers)) > 100
    assert powers == sorted(powers)
    assert clock.now_ms() - powers[0] > 3_600_000
    assert sink.count(EventKind.SESSION_STARTED) == 1


@VERSIONS
async def test_faults_on_demand(words: type[Words16 | Words201]) -> None:
    sink, clock = Sink(), FakeClock()
    async with serving(sink, clock=clock, heartbeat_s=10) as url:
        point = ChargePoint(Make("CP-01", words=words), url, clock, tick_s=0.01, retry_s=0.02)
        async with running(point):
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))
            await point.start(Fault.FAULTED)
            await until(lambda: sink.shows(ConnectorState.FAULTED))
            await until(lambda: sink.device().health is DeviceHealth.FAULT)
            assert sink.device().causes == ("GroundFailure",)
            point.end(Fault.FAULTED)
            await until(lambda: sink.device().health is DeviceHealth.OK)
            await point.start(Fault.GARBAGE)
            await until(lambda: sink.count(EventKind.MALFORMED) > 0)
            point.end(Fault.GARBAGE)
            await point.start(Fault.SILENT)
            clock.advance(31)
            await until(lambda: sink.device().connectivity is Connectivity.LOST)
            point.end(Fault.SILENT)
            await until(lambda: sink.device().connectivity is Connectivity.CONNECTED)


@VERSIONS
async def test_an_operator_is_obeyed(words: type[Words16 | Words201]) -> None:
    sink = Sink()
    system = CentralSystem(OcppListener("127.0.0.1", 0), settle_s=0.01, tick_s=0.01)
    async with system.serve([charger()], sink, FakeClock(), lambda key: None):
        point = ChargePoint(Make("CP-01", words=words), f"ws://127.0.0.1:{system.port}", FakeClock(), tick_s=0.01, retry_s=0.02)
        async with running(point):
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))

            async def command(kind: CommandKind, how: str = "", connector: int | None = None) -> Verdict:
                return (await system.command(Order("hall/CP-01", kind, how, connector), lambda: None))[0]

            assert await command(CommandKind.AVAILABILITY, "off", 1) is Verdict.ACCEPTED
            await until(lambda: sink.shows(ConnectorState.UNAVAILABLE))
            assert await command(CommandKind.AVAILABILITY, "on") is Verdict.ACCEPTED
            await until(lambda: sink.shows(ConnectorState.AVAILABLE))
            assert await command(CommandKind.UNLOCK, connector=1) is Verdict.ACCEPTED
            assert await command(CommandKind.TRIGGER, "heartbeat") is Verdict.ACCEPTED
            assert await command(CommandKind.RESET) is Verdict.ACCEPTED
            await until(lambda: sink.count(EventKind.DEVICE_LOST) == 1 and sink.count(EventKind.DEVICE_CONNECTED) == 2)
            reported = words is Words201
            await until(lambda: sink.count(EventKind.DEVICE_REPORTED) > 0 or not reported)


async def test_any_frame_can_be_sent() -> None:
    sink = Sink()
    async with serving(sink) as url:
        point = ChargePoint(Make("CP-01"), url, FakeClock(), tick_s=0.01)
        async with running(point):
            await until(point.booted.is_set)
            await point.send_raw(json.dumps([2, "x", "MeterValues", {}]))
            await until(lambda: sink.count(EventKind.MALFORMED) == 1)


async def test_a_hundred_live_in_one_process() -> None:
    sink, clock = Sink(), FakeClock()
    names = [f"CP-{number}" for number in range(100)]
    async with serving(sink, [charger(name) for name in names], clock=clock) as url:
        points = [ChargePoint(Make(name), url, clock, tick_s=0.5) for name in names]
        async with running(*points):
            async with asyncio.timeout(10):
                for point in points:
                    await point.booted.wait()
                while len({state.device for delivery in sink.deliveries for state in delivery.states}) < len(names):
                    sink.arrived.clear()
                    await sink.arrived.wait()
