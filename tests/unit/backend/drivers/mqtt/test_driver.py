"""The MQTT driver against a real broker."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.drivers.mqtt.convention import read_telegram, reading_of
from backend.drivers.mqtt.driver import MqttDriver
from backend.model.delivery import Delivery, StorageError
from backend.model.device import Device, DeviceKind
from backend.model.event import EventKind
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.states import Connectivity
from backend.settings.node import MqttBroker
from tests.support.broker import Broker, broker_folder, missing
from tests.support.clock import FakeClock
from tests.support.mqtt_device import MqttDevice
from tests.support.sink import RecordingSink
from tests.support.until import until

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
AT_MS = 1_795_401_719_000
AT = "2026-11-23T02:41:59Z"
ROOF = Device("hall/roof", "hall", DeviceKind.SENSOR, {}, "mqtt://roof-sensor", interval_s=60)
METER = Device(
    "hall/meter",
    "hall",
    DeviceKind.METER,
    {},
    "mqtt://shellies/em1",
    points=(PointSpec("grid_power", Unit.WATT), PointSpec("grid_voltage", Unit.VOLT)),
    mapping=Mapping((Source("grid_power", "$.p", 1000.0), Source("grid_voltage", channel="emeter/0/voltage")), TimeField("$.t")),
)


@pytest.fixture
async def broker() -> AsyncGenerator[Broker]:
    with broker_folder() as broker:
        await broker.start()
        yield broker


@asynccontextmanager
async def serving(broker: Broker, sink: RecordingSink, clock: FakeClock | None = None, version: int = 5) -> AsyncGenerator[None]:
    driver = MqttDriver(MqttBroker("127.0.0.1", broker.port, version=version), "Hall", tick_s=0.05)
    async with driver.serve([ROOF, METER], sink, clock or FakeClock(), lambda key: None):
        yield


def values(sink: RecordingSink, point: str) -> list[Reading]:
    return [reading for reading in sink.readings if reading.point == point]


def telegram(value: object = 21.5, **more: Any) -> dict[str, Any]:
    return {"v": value, "u": "degC", "ts": AT, "seq": 1, "epoch": 7, **more}


TOPIC = "enemado/hall/roof-sensor/ambient_temperature"
POINT = "hall/roof/ambient_temperature"


@pytest.mark.parametrize("version", [5, 3])
async def test_a_value_is_kept_and_acknowledged_to_the_device(broker: Broker, version: int) -> None:
    sink = RecordingSink()
    async with serving(broker, sink, version=version), MqttDevice(broker.port, "d") as device:
        device.subscriptions.append("enemado/hall/roof-sensor/ack")
        device.client.subscribe("enemado/hall/roof-sensor/ack", 1)
        await device.publish(TOPIC, telegram())
        await until(lambda: values(sink, POINT))
        await until(device.acknowledged)
        assert device.acknowledged() == [1]
    assert values(sink, POINT) == [(POINT, AT_MS, 21.5, Quality.GOOD, Flag.NONE)]
    assert sink.points[POINT].spec.unit is Unit.CELSIUS
    assert [event.kind for event in sink.events] == [EventKind.DEVICE_CONNECTED]


async def test_units_are_converted_and_a_missing_time_is_that_of_receipt(broker: Broker) -> None:
    sink, clock = RecordingSink(), FakeClock()
    async with serving(broker, sink, clock), MqttDevice(broker.port, "d") as device:
        await device.publish(TOPIC, {"v": 212, "u": "°F"})
        await until(lambda: values(sink, POINT))
    (reading,) = values(sink, POINT)
    assert reading.value == pytest.approx(100)
    assert (reading.at_ms, reading.flags) == (clock.now_ms(), Flag.CLOCK_SUSPECT)


async def test_foreign_json_is_mapped(broker: Broker) -> None:
    sink = RecordingSink()
    async with serving(broker, sink), MqttDevice(broker.port, "d") as device:
        await device.publish("shellies/em1", {"p": -1.5, "t": AT})
        await device.publish("shellies/em1/emeter/0/voltage", b"101.5")
        await until(lambda: values(sink, "hall/meter/grid_voltage"))
    assert values(sink, "hall/meter/grid_power") == [("hall/meter/grid_power", AT_MS, -1500.0, Quality.GOOD, Flag.NONE)]
    assert [reading.value for reading in values(sink, "hall/meter/grid_voltage")] == [101.5]


async def test_repeats_are_kept_once(broker: Broker) -> None:
    sink = RecordingSink()
    async with serving(broker, sink), MqttDevice(broker.port, "d") as device:
        for _ in range(3):
            await device.publish(TOPIC, telegram())
            await device.publish("shellies/em1", {"p": 1, "t": AT})
        await device.publish(TOPIC, telegram(22, epoch=8))
        await device.publish(TOPIC, telegram(23, seq=2))
        await until(lambda: len(values(sink, POINT)) == 3)
    assert [reading.value for reading in values(sink, POINT)] == [21.5, 22, 23]
    assert len(values(sink, "hall/meter/grid_power")) == 1


async def test_a_retained_value_is_never_taken_for_a_fresh_one(broker: Broker) -> None:
    sink = RecordingSink()
    async with MqttDevice(broker.port, "d") as device:
        await device.publish(TOPIC, {"v": 5, "u": "degC"}, retain=True)
        await device.publish("shellies/em1/emeter/0/voltage", b"99", retain=True)
        await device.publish("enemado/hall/roof-sensor/status", b"online", retain=True)
        async with serving(broker, sink):
            await until(lambda: len(sink.events) == 2)
            assert [event.kind for event in sink.events] == [EventKind.MALFORMED] * 2
            assert values(sink, POINT) == values(sink, "hall/meter/grid_voltage") == []
            assert not [state for delivery in sink.deliveries for state in delivery.states]


async def test_the_last_will_tells_that_a_device_is_gone(broker: Broker) -> None:
    sink = RecordingSink()
    status = "enemado/hall/roof-sensor/status"
    async with serving(broker, sink), MqttDevice(broker.port, "d", (status, b"offline", True)) as device:
        await device.publish(status, b"online", retain=True)
        await device.publish(TOPIC, telegram())
        await until(lambda: values(sink, POINT))
        await device.vanish()
        await until(lambda: len(sink.events) == 2)
    lost = sink.events[1]
    assert (lost.kind, lost.subject, lost.data) == (EventKind.DEVICE_LOST, "hall/roof", {"cause": "offline"})
    assert values(sink, POINT)[-1].quality is Quality.BAD_NO_COMMUNICATION
    assert [reading.value for reading in values(sink, "hall/roof/link")] == [Connectivity.CONNECTED, Connectivity.LOST]


async def test_silence_is_told_once(broker: Broker) -> None:
    sink, clock = RecordingSink(), FakeClock()
    async with serving(broker, sink, clock), MqttDevice(broker.port, "d") as device:
        await device.publish(TOPIC, telegram())
        await until(lambda: values(sink, POINT))
        clock.advance(181)
        await until(lambda: len(sink.events) == 2)
        assert (sink.events[1].kind, sink.events[1].data) == (EventKind.DEVICE_LOST, {"cause": "silent"})
        await device.publish(TOPIC, telegram(seq=2))
        await until(lambda: len(sink.events) > 2, 3)
        assert sink.events[2].kind is EventKind.DEVICE_CONNECTED


async def test_strangers_and_floods_of_topics_are_remembered_within_bounds(broker: Broker) -> None:
    sink = RecordingSink()
    async with serving(broker, sink), MqttDevice(broker.port, "d") as device:
        for number in range(300):
            device.client.publish(f"enemado/hall/stranger{number}/x", b'{"v":1}', qos=1)
        for number in range(300):
            device.client.publish(f"enemado/hall/roof-sensor/irradiance{number}", b'{"v":1,"u":"W/m2"}', qos=1)
        await device.publish(TOPIC, telegram())
        await until(lambda: values(sink, POINT))
    refused = [event for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    assert str(refused[0].data["claimed"]).startswith("hall/stranger")
    assert refused[0].data["reason"] == "unknown"
    assert len(sink.events) <= 21
    assert len(sink.points) <= 210


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"x":1}', b"[" * 10_000, b'{"v":1' + b" " * 300_000 + b"}"],
    ids=["empty", "cut", "list", "null", "no text", "no value", "deep", "long"],
)
async def test_nonsense_is_told_and_hurts_nobody(broker: Broker, payload: bytes) -> None:
    sink = RecordingSink()
    async with serving(broker, sink, version=3), MqttDevice(broker.port, "d") as device:
        await device.publish(TOPIC, payload)
        await device.publish(TOPIC, telegram())
        await until(lambda: values(sink, POINT))
    assert [reading.value for reading in values(sink, POINT)] == [21.5]
    assert EventKind.MALFORMED in {event.kind for event in sink.events} or len(payload) > 262_144


@pytest.mark.parametrize(
    ("said", "quality", "value"),
    [
        (None, Quality.GOOD, 5.0),
        (0, Quality.GOOD, 5.0),
        ("good", Quality.GOOD, 5.0),
        (0x40910000, Quality.UNCERTAIN_SUBSTITUTE_VALUE, 5.0),
        (0x40000000, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, 5.0),
        (0x808C0000, Quality.BAD_SENSOR_FAILURE, None),
        (0x80000000, Quality.BAD_DEVICE_FAILURE, None),
        ("bad", Quality.BAD_DEVICE_FAILURE, None),
        (-1, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, 5.0),
        (True, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, 5.0),
    ],
)
def test_the_quality_that_a_device_gives_stays_with_the_value(said: object, quality: Quality, value: float | None) -> None:
    spec = PointSpec("ambient_temperature", Unit.CELSIUS)
    found = reading_of(POINT, spec, read_telegram(json.dumps(telegram(5, q=said)).encode(), AT_MS))
    assert (found.value, found.quality) == (value, quality)


@pytest.mark.parametrize("unit", [None, "W", "furlong", 5])
def test_a_unit_that_cannot_be_that_of_the_point_is_not_guessed(unit: object) -> None:
    spec = PointSpec("ambient_temperature", Unit.CELSIUS)
    found = reading_of(POINT, spec, read_telegram(json.dumps(telegram(u=unit)).encode(), AT_MS))
    assert (found.value, found.quality) == (None, Quality.BAD_CONFIGURATION_ERROR)


class _FullSink(RecordingSink):
    """Keeps nothing as long as it is full."""

    full = True

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        if not self.full:
            return super().accept(delivery)
        self.arrived.set()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(StorageError("full"))
        return future


async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(broker: Broker) -> None:
    sink = _FullSink()
    async with serving(broker, sink), MqttDevice(broker.port, "d") as device:
        await device.publish(TOPIC, telegram())
        await asyncio.wait_for(sink.arrived.wait(), 10)
        sink.full = False
        await until(lambda: values(sink, POINT))
    assert len(values(sink, POINT)) == 1


async def test_what_is_published_while_we_are_away_waits_for_us(broker: Broker) -> None:
    sink = RecordingSink()
    async with serving(broker, sink):
        pass
    async with MqttDevice(broker.port, "d") as device:
        for number in range(50):
            await device.publish(TOPIC, telegram(number, seq=number))
    async with serving(broker, sink):
        await until(lambda: len(values(sink, POINT)) == 50)


async def test_a_broker_that_is_gone_or_stalls_is_found_again(broker: Broker) -> None:
    sink = RecordingSink()
    async with serving(broker, sink):
        async with MqttDevice(broker.port, "d") as device:
            await device.publish(TOPIC, telegram())
            await until(lambda: values(sink, POINT))
        broker.kill()
        await until(lambda: len(sink.events) == 2)
        assert sink.events[1].data == {"cause": "broker"}
        await broker.start()
        async with MqttDevice(broker.port, "d") as device:
            await until(lambda: device.client.publish(TOPIC, b"x") and len(sink.events) > 2)


async def test_a_broker_that_is_not_there_or_not_to_be_trusted_is_told() -> None:
    with broker_folder() as absent, pytest.raises(DeviceUnreachable):
        async with serving(absent, RecordingSink()):
            pass
    driver = MqttDriver(MqttBroker(tls=True, ca=absent._configuration.with_name("no.pem")), "Hall")
    with pytest.raises(DeviceMisconfigured):
        async with driver.serve([ROOF], RecordingSink(), FakeClock(), lambda key: None):
            pass
