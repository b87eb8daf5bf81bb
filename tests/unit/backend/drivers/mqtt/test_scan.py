"""A scan at a real broker: devices of our convention with their nameplates, Sparkplug's births, and nobody else."""

import asyncio

import aiomqtt
import pytest

from backend.drivers.contract import Area, DeviceUnreachable, Found
from backend.drivers.mqtt.scan import BrokerScanner
from backend.settings.node import MqttBroker
from tests.support.broker import broker_folder, missing
from tests.support.node_process import free_ports

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


async def found_at(port: int, listen_s: float = 1.0) -> list[Found]:
    told: list[Found] = []
    await BrokerScanner(MqttBroker(port=port), lambda: None, listen_s).scan(Area(), told.append, lambda done, total: None)
    return told


async def test_who_left_a_nameplate_is_found_with_it_and_births_without() -> None:
    with broker_folder() as served:
        await served.start()
        async with aiomqtt.Client("127.0.0.1", served.port) as device:
            await device.publish("enemado/aoba/roof/meta", '{"maker": "M", "model": "T", "serial": "S-1"}', retain=True, qos=1)
            await device.publish("enemado/aoba/roof/status", "online", retain=True, qos=1)
            await device.publish("enemado/aoba/cellar/meta", "{", retain=True, qos=1)
            await device.publish("spBv1.0/Town/NBIRTH/Edge", b"\0", retain=True, qos=1)
            await device.publish("spBv1.0/Town/DBIRTH/Edge/Meter", b"\0", retain=True, qos=1)
            await device.publish("zigbee2mqtt/roof", "{}", retain=True, qos=1)
            told = {each.address: each.plate.serial for each in await found_at(served.port)}
    assert told == {
        "mqtt://roof": "S-1",
        "mqtt://cellar": "",
        "sparkplug://Town/Edge": "",
        "sparkplug://Town/Edge/Meter": "",
    }


async def test_a_broker_that_is_not_there_is_told() -> None:
    [port] = free_ports(1)
    with pytest.raises(DeviceUnreachable, match=str(port)):
        await found_at(port)


async def test_without_a_broker_nobody_is_asked() -> None:
    told: list[Found] = []
    async with asyncio.timeout(1):
        await BrokerScanner(None, lambda: None).scan(Area(), told.append, lambda done, total: None)
    assert told == []
