"""What survives a restart of the node, and what happens when messages come again after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.states import Connectivity, ConnectorState
from tests.support.charge_point import calling, serving, until
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

START = {"connectorId": 1, "idTag": "T", "meterStart": 700, "timestamp": "2026-11-23T02:00:00Z"}


@dataclass
class Recorded:
    """What an earlier life wrote, as a reader would give it back."""

    sink: RecordingSink = field(default_factory=RecordingSink)

    async def statuses(self) -> Sequence[DeviceStatus]:
        found = [state for d in self.sink.deliveries for state in d.states if isinstance(state, DeviceStatus)]
        return found[-1:]

    async def connectors(self) -> Sequence[ConnectorStatus]:
        found = [state for d in self.sink.deliveries for state in d.states if isinstance(state, ConnectorStatus)]
        return list({status.connector: status for status in found}.values())

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        found = [e for e in self.sink.events if e.subject == subject and start_ms <= e.at_ms < end_ms]
        return found[::-1][:limit]


async def test_numbers_sessions_and_states_outlive_a_restart() -> None:
    memory = Recorded()
    clock = FakeClock()
    async with serving(memory.sink, clock=clock) as url, calling(url) as cp:
        await cp.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
        number = (await cp.ask("StartTransaction", START))[2]["transactionId"]
        await cp.ask("StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Available"})
    sink = RecordingSink()
    async with serving(sink, clock=clock, memory=memory) as url, calling(url) as cp:
        assert (await cp.ask("StartTransaction", START))[2]["transactionId"] == number
        other = await cp.ask("StartTransaction", START | {"connectorId": 2})
        assert other[2]["transactionId"] > number
        stop = {"transactionId": number, "meterStop": 900, "timestamp": "2026-11-23T02:30:00Z"}
        await cp.ask("StopTransaction", stop)
    stopped = next(event for event in sink.events if event.kind is EventKind.SESSION_STOPPED)
    assert stopped.data["energy_wh"] == 200
    assert [event.kind for event in sink.events].count(EventKind.SESSION_STARTED) == 1
    after = [state for d in sink.deliveries for state in d.states if isinstance(state, ConnectorStatus)]
    assert after[-1].connector == 1
    assert after[-1].state is ConnectorState.CHARGING
    assert after[-1].session_since_ms is None


async def test_a_charger_that_does_not_come_back_after_a_restart_is_lost() -> None:
    memory = Recorded()
    clock = FakeClock()
    async with serving(memory.sink, clock=clock) as url, calling(url) as cp:
        await cp.ask("Heartbeat", {})
    memory.sink.deliveries = [d for d in memory.sink.deliveries if EventKind.DEVICE_LOST not in {e.kind for e in d.events}]
    sink = RecordingSink()
    async with serving(sink, clock=clock, memory=memory, heartbeat_s=10):
        clock.advance(31)
        await until(lambda: bool(sink.deliveries))
    (status,) = sink.deliveries[0].states
    assert isinstance(status, DeviceStatus)
    assert status.connectivity is Connectivity.LOST
