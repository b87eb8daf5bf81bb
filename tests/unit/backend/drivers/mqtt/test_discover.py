"""Devices behind a real broker are found by what they publish."""

import asyncio

import pytest

from backend.drivers.contract import DeviceUnreachable
from backend.drivers.mqtt.discover import discover
from backend.settings.node import MqttBroker
from tests.support.broker import broker_folder, missing
from tests.support.mqtt_device import MqttDevice
from tests.support.sparkplug_node import SparkplugNode


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
async def test_everybody_who_speaks_is_found() -> None:
    with broker_folder() as broker:
        await broker.start()
        node, counts = SparkplugNode(broker.port), list[int]()
        async with MqttDevice(broker.port, "d") as device, node.line:
            await device.publish("enemado/hall/roof/status", b"online", retain=True)
            await device.publish("zigbee2mqtt/hall", {"temperature": 21, "humidity": 40}, retain=True)
            await device.publish("$nothing/x", b"?", retain=True)
            await device.publish("single", {"a": 1}, retain=True)
            looking = asyncio.gather(discover(MqttBroker("127.0.0.1", broker.port), None, 2.0, counts.append))
            while not counts:  # noqa: ASYNC110 - the search tells by calling back
                await asyncio.sleep(0)
            await device.publish("enemado/hall/roof/irradiance", {"v": 1, "u": "W/m2"})
            await node.birth(1)
            (found,) = await looking
    assert [(each.address, each.site, each.points) for each in found] == [
        ("mqtt://roof", "hall", {"irradiance"}),
        ("mqtt://zigbee2mqtt/hall", "", {"temperature", "humidity"}),
        ("sparkplug://Town/Edge", "", set()),
    ]


async def test_a_broker_that_is_not_there_is_told() -> None:
    with broker_folder() as broker, pytest.raises(DeviceUnreachable):
        await discover(MqttBroker("127.0.0.1", broker.port), None, 1.0)
