"""The Sparkplug B driver against a real broker and an independent edge node."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from backend.drivers.sparkplug.driver import SparkplugDriver
from backend.drivers.sparkplug.edge import read_topic
from backend.drivers.sparkplug.payload import Undecodable, read_payload, rebirth
from backend.model.device import Device, DeviceKind
from backend.model.event import EventKind
from backend.model.mapping import Mapping, Source
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag, Quality
from backend.settings.node import MqttBroker
from tests.support.broker import Broker, broker_folder, missing
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.sparkplug_node import BOOLEAN, INT32, STRING, SparkplugNode, metric
from tests.support.until import until

needs_broker = pytest.mark.skipif(missing() is not None, reason=str(missing()))
AT_MS = 1_795_401_719_000
SPECS = (PointSpec("grid_power", Unit.WATT), PointSpec("soc", Unit.PERCENT))
METER = Device(
    "hall/meter", "hall", DeviceKind.METER, {}, "sparkplug://Town/Edge/Meter", points=SPECS,
    mapping=Mapping((Source("grid_power", factor=1000.0, channel="AC/Power"), Source("soc", channel="SoC"))),
)  # fmt: skip
EDGE = Device(
    "hall/edge", "hall", DeviceKind.SENSOR, {}, "sparkplug://Town/Edge", points=(PointSpec("load", Unit.PERCENT),),
    mapping=Mapping((Source("load", channel="CPU"),)),
)  # fmt: skip


@pytest.fixture
async def broker() -> AsyncGenerator[Broker]:
    with broker_folder() as broker:
        await broker.start()
        yield broker


@asynccontextmanager
async def serving(broker: Broker, sink: RecordingSink, clock: FakeClock | None = None) -> AsyncGenerator[None]:
    driver = SparkplugDriver(MqttBroker("127.0.0.1", broker.port), "Hall")
    async with driver.serve([METER, EDGE], sink, clock or FakeClock(), lambda key: None):
        yield


def told(sink: RecordingSink, point: str) -> list[tuple[int, float | None, Quality, Flag]]:
    return [
        (reading.at_ms, reading.value, reading.quality, reading.flags)
        for reading in sink.readings
        if reading.point == f"hall/{point}"
    ]


async def born(node: SparkplugNode, at_ms: int = AT_MS) -> None:
    await node.birth(at_ms, [metric(12.5, "CPU", alias=1)])
    births = [metric(-3, "AC/Power", alias=2, kind=INT32), metric(None, "SoC", alias=3), metric("A", "Name", kind=STRING)]
    await node.say("DBIRTH", "Meter", at_ms, births)


@needs_broker
async def test_births_name_what_data_say_by_alias(broker: Broker) -> None:
    sink = RecordingSink()
    node = SparkplugNode(broker.port)
    async with serving(broker, sink), node.line:
        await born(node)
        data = [metric(-1, alias=2, at_ms=AT_MS - 500, kind=INT32, historical=True), metric(81.5, alias=3)]
        await node.say("DDATA", "Meter", AT_MS + 100, data)
        await until(lambda: len(told(sink, "meter/soc")) == 2)
    good, none = Quality.GOOD, Flag.NONE
    assert told(sink, "edge/load") == [(AT_MS, 12.5, good, none)]
    assert told(sink, "meter/grid_power") == [(AT_MS, -3000.0, good, none), (AT_MS - 500, -1000.0, good, Flag.LATE)]
    assert told(sink, "meter/soc") == [(AT_MS, None, Quality.BAD_NOT_CONNECTED, none), (AT_MS + 100, 81.5, good, none)]


@needs_broker
async def test_a_gap_or_an_unknown_alias_asks_for_a_birth_and_aliases_are_not_believed(broker: Broker) -> None:
    sink, clock = RecordingSink(), FakeClock()
    node = SparkplugNode(broker.port)
    async with serving(broker, sink, clock), node.line:
        await born(node)
        await until(lambda: told(sink, "meter/soc"))
        before = node.asked
        clock.advance(11)
        data = [metric(7, alias=2, kind=INT32), metric(55.5, "SoC")]
        await node.say("DDATA", "Meter", AT_MS + 100, data, skip=1)
        await until(lambda: node.asked == before + 1)
        await until(lambda: len(told(sink, "meter/soc")) == 2)
        assert len(told(sink, "meter/grid_power")) == 1
        await born(node)
        await node.say("DDATA", "Meter", AT_MS + 200, [metric(8, alias=2, kind=INT32)])
        await until(lambda: told(sink, "meter/grid_power")[-1][1] == 8000)
        assert node.asked == before + 1


@needs_broker
async def test_a_node_takes_its_devices_along_and_an_old_will_takes_nobody(broker: Broker) -> None:
    sink = RecordingSink()
    first, second = SparkplugNode(broker.port, 1), SparkplugNode(broker.port, 2)
    async with serving(broker, sink), first.line, second.line:
        await born(first)
        await born(second, AT_MS + 10)
        await until(lambda: len(told(sink, "meter/soc")) == 2)
        await first.line.vanish()
        await second.say("DDATA", "Meter", AT_MS + 100, [metric(50.0, alias=3)])
        await until(lambda: len(told(sink, "meter/soc")) == 3)
        assert EventKind.DEVICE_LOST not in {event.kind for event in sink.events}
        await second.line.vanish()
        await until(lambda: [event.kind for event in sink.events].count(EventKind.DEVICE_LOST) == 2)
    lost = [event for event in sink.events if event.kind is EventKind.DEVICE_LOST]
    assert {event.subject for event in lost} == {"hall/meter", "hall/edge"}
    assert lost[0].data == {"cause": "death"}


@needs_broker
async def test_strangers_are_refused_and_nonsense_is_told(broker: Broker) -> None:
    sink = RecordingSink()
    node = SparkplugNode(broker.port)
    async with serving(broker, sink), node.line:
        await node.say("DBIRTH", "Stranger", AT_MS, [metric(1.0, "x")])
        await node.line.publish(node.topic("DDATA", "Meter"), b"\xff\xff\xff")
        await node.line.publish("spBv1.0/Other/NBIRTH/Edge", b"")
        await until(lambda: len(sink.events) == 3)
        await born(node)
        await until(lambda: told(sink, "meter/soc"))
    refused = [event.data["claimed"] for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    assert refused == ["Town/Edge/Stranger", "Other/Edge"]


def test_a_truth_is_no_number_and_a_text_is_none() -> None:
    assert read_payload(rebirth(AT_MS)).metrics[0].value is True
    found = read_payload(b"\x12" + bytes([len(metric(True, "x", kind=BOOLEAN))]) + metric(True, "x", kind=BOOLEAN)).metrics[0]
    assert found.typed(0) is True


@pytest.mark.parametrize("data", [b"\xff", b"\x12\xff", b"\x0a" * 50])
def test_what_is_no_payload_is_refused(data: bytes) -> None:
    with pytest.raises(Undecodable):
        read_payload(data)


OTHERS = ("", "spBv1.0", "spBv1.0/G/NBIRTH", "spBv1.0/G/NBIRTH/E/D", "spBv1.0/G/DDATA/E", "x/G/NBIRTH/E", "spBv1.0/G/NCMD/E")


@pytest.mark.parametrize("topic", OTHERS)
def test_other_topics_name_nobody(topic: str) -> None:
    assert read_topic(topic) is None
