"""The collector against sessions that fail in every way a device can."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from backend.collector import Collector, InspectionError
from backend.collector.device_task import Surroundings
from backend.drivers.contract import DeviceError, DeviceGarbled, DeviceMisconfigured, DeviceUnreachable, RawPoint, Report
from backend.model.clock import Clock
from backend.model.delivery import Delivery, StorageError
from backend.model.device import ConnectorStatus, Device, DeviceKind, DeviceStatus, Nameplate
from backend.model.event import EventKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.site import Place, Site
from backend.model.states import Connectivity, ConnectorState, DeviceHealth, InverterState, StateSet
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.waiting import FakeWait, settle

NOON = 1_795_401_720_000
MIDNIGHT = NOON + 12 * 3_600_000
TOKYO = Site("s", {"en": "School"}, Place(35.68, 139.77), "Asia/Tokyo")
PCS = Device("s/pcs1", "s", DeviceKind.INVERTER, {"en": "Inverter"}, "fake://1", interval_s=5.0)
METER = Device("s/meter", "s", DeviceKind.METER, {"en": "Meter"}, "fake://2", interval_s=5.0)
PLATE = Nameplate("Maker", "Model", "SN1", "1.0")
POWER = PointSpec("ac_power", Unit.WATT)
STATE = PointSpec("state", Unit.STATE, PointKind.STATUS, 0, StateSet.INVERTER)


@dataclass
class FakeDevice:
    """A driver, its session and the device behind it in one; the test turns the knobs."""

    key: str
    plate: Nameplate = PLATE
    open_error: Exception | None = None
    poll_error: Exception | None = None
    report: Callable[[int], Report] | None = None
    hang: bool = False
    polled_ms: list[int] = field(default_factory=list[int])
    opened: int = 0
    closed: int = 0
    state: InverterState = InverterState.MPPT
    clock: Clock | None = None

    @property
    def points(self) -> Sequence[Point]:
        return (Point(self.key, POWER), Point(self.key, STATE))

    async def open(self, device: Device, clock: Clock) -> "FakeDevice":
        self.clock = clock
        if self.open_error:
            raise self.open_error
        self.opened += 1
        return self

    async def poll(self) -> Report:
        assert self.clock is not None
        if self.hang:
            await asyncio.Event().wait()
        if self.poll_error:
            raise self.poll_error
        now_ms = self.clock.now_ms()
        self.polled_ms.append(now_ms)
        if self.report:
            return self.report(now_ms)
        readings = (Reading(f"{self.key}/ac_power", now_ms, 100.0), Reading(f"{self.key}/state", now_ms, float(self.state)))
        return Report(readings)

    async def inspect(self) -> Sequence[RawPoint]:
        return [RawPoint("1#0.Mn", "Maker", "", "Maker")]

    async def close(self) -> None:
        self.closed += 1


@dataclass
class World:
    """A collector under test with its time and its sink."""

    clock: FakeClock
    wait: FakeWait
    sink: RecordingSink
    collector: Collector

    def events(self, kind: EventKind) -> list[str]:
        return [event.subject for event in self.sink.events if event.kind is kind]

    @property
    def states(self) -> list[DeviceStatus]:
        return [state for delivery in self.sink.deliveries for state in delivery.states if isinstance(state, DeviceStatus)]


@asynccontextmanager
async def world(
    *devices: tuple[Device, FakeDevice],
    now_ms: int = NOON,
    known: Sequence[DeviceStatus] = (),
    points: Sequence[Point] = (),
    sink: RecordingSink | None = None,
    speed: float = 1.0,
) -> AsyncGenerator[World]:
    clock = FakeClock(now_ms)
    wait = FakeWait(clock)
    sink = sink or RecordingSink()
    around = Surroundings(sink, clock, wait, lambda: 0.5, speed)
    collector = Collector(list(devices), [TOKYO], around, known, points)
    async with collector.running():
        yield World(clock, wait, sink, collector)


async def test_polls_on_a_grid_without_drift() -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(61)
    steps = {b - a for a, b in zip(fake.polled_ms[1:], fake.polled_ms[2:], strict=False)}
    assert max(steps) - min(steps) <= 1
    assert 12 <= len(fake.polled_ms) <= 14
    assert fake.closed == 1


async def test_first_contact_is_told_once_and_urgently() -> None:
    async with world((PCS, FakeDevice(PCS.key))) as w:
        await w.wait.pass_time(30)
        assert w.events(EventKind.DEVICE_CONNECTED) == [PCS.key]
        assert w.events(EventKind.DEVICE_IDENTIFIED) == [PCS.key]
        links = [reading.value for reading in w.sink.readings if reading.point == "s/pcs1/link"]
        assert links == [float(Connectivity.CONNECTED)]
        first = next(d for d in w.sink.deliveries if d.readings)
        assert first.urgent
        assert not w.sink.deliveries[-1].urgent
        assert {"s/pcs1/link", "s/pcs1/health", "s/pcs1/ac_power"} <= set(w.sink.points)


async def test_status_is_refreshed_every_minute_while_in_contact() -> None:
    async with world((PCS, FakeDevice(PCS.key))) as w:
        await w.wait.pass_time(305)
        seen = [status.last_seen_ms for status in w.states if status.last_seen_ms is not None]
        assert 5 <= len(seen) <= 7


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (DeviceUnreachable("no route"), "unreachable"),
        (DeviceGarbled("nonsense"), "garbled"),
        (DeviceMisconfigured("unit"), "misconfigured"),
        (TimeoutError(), "timeout"),
        (ZeroDivisionError("bug in a driver"), "driver_error"),
    ],
)
async def test_a_lost_device_is_told_once_with_its_cause_and_its_points_become_absent(error: Exception, cause: str) -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(10)
        fake.poll_error = error
        await w.wait.pass_time(600)
        assert w.events(EventKind.DEVICE_LOST) == [PCS.key]
        assert w.states[-1].connectivity is Connectivity.LOST
        assert w.states[-1].causes == (cause,)
        absent = [reading.point for reading in w.sink.readings if reading.quality is Quality.BAD_NO_COMMUNICATION]
        assert sorted(absent) == ["s/pcs1/ac_power", "s/pcs1/health", "s/pcs1/state"]
        assert fake.opened == fake.closed

        fake.poll_error = None
        await w.wait.pass_time(120)
        assert w.events(EventKind.DEVICE_CONNECTED) == [PCS.key, PCS.key]
        assert w.states[-1].connectivity is Connectivity.CONNECTED
        assert w.states[-1].causes == ()


async def test_one_missed_answer_is_no_lost_device() -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(10)
        fake.poll_error = DeviceUnreachable("one lost answer")
        while fake.closed == 0:
            await w.wait.pass_time(0.1)
        fake.poll_error = None
        await w.wait.pass_time(20)
        assert w.events(EventKind.DEVICE_LOST) == []
        assert w.events(EventKind.DEVICE_CONNECTED) == [PCS.key]


async def test_a_device_that_was_never_there_is_unknown_not_lost() -> None:
    fake = FakeDevice(PCS.key, open_error=DeviceUnreachable("refused"))
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(120)
        assert w.events(EventKind.DEVICE_LOST) == []
        assert [status.connectivity for status in w.states] == [Connectivity.UNKNOWN]
        fake.open_error = None
        await w.wait.pass_time(30)
        assert w.states[-1].connectivity is Connectivity.CONNECTED


async def test_silence_at_night_is_sleep_and_lasting_silence_by_day_is_loss() -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake), now_ms=MIDNIGHT) as w:
        await w.wait.pass_time(10)
        fake.poll_error = DeviceUnreachable("off")
        await w.wait.pass_time(60)
        assert w.events(EventKind.DEVICE_ASLEEP) == [PCS.key]
        assert w.events(EventKind.DEVICE_LOST) == []
        w.clock.advance(12 * 3600)
        await w.wait.pass_time(120)
        assert w.events(EventKind.DEVICE_LOST) == [PCS.key]


async def test_a_meter_never_sleeps() -> None:
    fake = FakeDevice(METER.key)
    async with world((METER, fake), now_ms=MIDNIGHT) as w:
        await w.wait.pass_time(10)
        fake.poll_error = DeviceUnreachable("off")
        await w.wait.pass_time(60)
        assert w.events(EventKind.DEVICE_LOST) == [METER.key]


async def test_a_hanging_or_broken_device_does_not_touch_its_neighbour() -> None:
    bad, good = FakeDevice(METER.key, poll_error=RuntimeError("broken driver")), FakeDevice(PCS.key)
    async with world((METER, bad), (PCS, good)) as w:
        await w.wait.pass_time(60)
        bad.poll_error, bad.hang = None, True
        await w.wait.pass_time(60)
    assert len(good.polled_ms) >= 23


async def test_another_serial_is_a_replaced_device() -> None:
    before = DeviceStatus(
        PCS.key, Connectivity.CONNECTED, NOON - 1000, NOON - 1000, plate=Nameplate("Maker", "Model", "SN0", "1.0")
    )
    async with world((PCS, FakeDevice(PCS.key)), known=[before]) as w:
        await w.wait.pass_time(30)
        found = [event.data for event in w.sink.events if event.kind is EventKind.DEVICE_IDENTIFIED]
        assert [(data["serial"], data["replaced"]) for data in found] == [("SN1", True)]
        assert w.events(EventKind.DEVICE_CONNECTED) == []


async def test_a_device_lost_over_a_restart_is_told_and_its_remembered_points_become_absent() -> None:
    before = DeviceStatus(PCS.key, Connectivity.CONNECTED, NOON - 1000, NOON - 1000)
    fake = FakeDevice(PCS.key, open_error=DeviceUnreachable("refused"))
    async with world((PCS, fake), known=[before], points=[Point(PCS.key, POWER)]) as w:
        await w.wait.pass_time(30)
        assert w.events(EventKind.DEVICE_LOST) == [PCS.key]
        absent = [reading.point for reading in w.sink.readings if reading.value is None]
        assert absent.count("s/pcs1/ac_power") == 1


async def test_health_and_state_edges_are_urgent() -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(20)
        quiet = len(w.sink.deliveries)
        fake.state = InverterState.THROTTLED
        await w.wait.pass_time(5)
        assert [delivery.urgent for delivery in w.sink.deliveries[quiet:]] == [True]
        fake.report = lambda now_ms: Report((), DeviceHealth.FAULT, ("GROUND_FAULT",))
        await w.wait.pass_time(10)
        assert w.events(EventKind.DEVICE_HEALTH) == [PCS.key]
        assert w.states[-1].health is DeviceHealth.FAULT
        assert w.states[-1].causes == ("GROUND_FAULT",)
        first_ms = next(state.last_seen_ms for state in w.states if state.health is DeviceHealth.FAULT)
        await w.wait.pass_time(70)
        assert w.states[-1].health_since_ms == first_ms


async def test_a_sped_up_clock_polls_by_the_nodes_time() -> None:
    device = Device("s/fast", "s", DeviceKind.METER, {"en": "Meter"}, "fake://3", interval_s=60.0)
    fake = FakeDevice(device.key)
    async with world((device, fake), speed=60.0) as w:
        await w.wait.pass_time(10)
    assert 9 <= len(fake.polled_ms) <= 12


async def test_polling_goes_on_while_the_disk_refuses() -> None:
    class FullDisk(RecordingSink):
        def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
            super().accept(delivery)
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.set_exception(StorageError("disk full"))
            return future

    fake = FakeDevice(PCS.key)
    async with world((PCS, fake), sink=FullDisk()) as w:
        await w.wait.pass_time(30)
    assert len(fake.polled_ms) >= 6


async def test_what_a_device_says_unasked_is_delivered_at_once_with_its_connectors() -> None:
    class Talkative(FakeDevice):
        tell: Callable[[Report], None] | None = None

        def announce_to(self, tell: Callable[[Report], None]) -> None:
            self.tell = tell

    fake = Talkative(PCS.key)
    async with world((PCS, fake)) as w:
        await w.wait.pass_time(7)
        assert fake.tell is not None
        plug = ConnectorStatus(PCS.key, 1, ConnectorState.CHARGING, NOON)
        polled, before = len(fake.polled_ms), len(w.sink.deliveries)
        fake.tell(Report((Reading("s/pcs1/ac_power", w.clock.now_ms(), 250.0),), connectors=(plug,)))
        told = w.sink.deliveries[before]
        assert [reading.value for reading in told.readings] == [250.0]
        assert (told.states, told.urgent, len(fake.polled_ms)) == ((plug,), True, polled)


async def test_inspection_uses_the_open_session() -> None:
    fake = FakeDevice(PCS.key)
    async with world((PCS, fake)) as w:
        with pytest.raises(InspectionError):
            await w.collector.inspect(PCS.key)
        await w.wait.pass_time(10)
        assert [raw.path for raw in await w.collector.inspect(PCS.key)] == ["1#0.Mn"]
        with pytest.raises(InspectionError):
            await w.collector.inspect("s/nobody")


async def test_stopping_lets_go_of_every_device_at_once() -> None:
    hanging, errors = FakeDevice(METER.key, hang=True), FakeDevice(PCS.key, open_error=DeviceError("x"))
    async with world((METER, hanging), (PCS, errors)) as w:
        await w.wait.pass_time(5)
        await settle()
    assert hanging.closed == hanging.opened == 1
