"""Broker and node killed with messages in flight: nothing that was acknowledged is lost, and nothing is doubled."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.store.reader import open_reader
from tests.support.broker import Broker, broker_folder, missing
from tests.support.mqtt_device import MqttDevice
from tests.support.mqtt_publisher import Publisher
from tests.support.node_process import NODE, NodeProcess, free_ports
from tests.support.until import until
from tests.support.warm_start import WarmStart

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
SHORT = 3
HASTY = ("-m", "tests.support.hasty_node", "node", "--settings")
POINT = "hall/roof/ac_power"
SETTINGS = """\
node: {{name: Hall, cache: hall.enemado}}
sites:
  hall:
    name: {{en: Hall}}
    place: {{latitude: 35.68, longitude: 139.77}}
    timezone: Asia/Tokyo
    devices:
      roof: {{kind: sensor, name: {{en: Roof}}, address: "mqtt://roof"}}
      door:
        kind: sensor
        name: {{en: Door}}
        address: push://door
        points: {{humidity: {{path: h, source_unit: "%"}}}}
mqtt: {{port: {broker}}}
push: {{host: 127.0.0.1, port: {push}}}
"""


Town = tuple[Broker, NodeProcess, Publisher]


@asynccontextmanager
async def town(
    folder: Path, start: WarmStart, command: tuple[str, ...] = NODE
) -> AsyncGenerator[tuple[Broker, NodeProcess, Publisher]]:
    settings, push = folder / "hall.yaml", free_ports(1)[0]
    with broker_folder() as broker:
        settings.write_text(SETTINGS.format(broker=broker.port, push=push))
        await broker.start()
        node = NodeProcess(settings, push, command, start)
        await node.start()
        device = MqttDevice(broker.port, "roof")
        device.subscriptions.append("enemado/hall/roof/ack")
        try:
            async with device:
                publisher = Publisher(device)
                await publisher.run(0.3)
                await until(lambda: publisher.acknowledged)
                yield broker, node, publisher
        finally:
            await node.stop()


async def kept(folder: Path) -> Counter[int]:
    """How often each number is on disk."""
    async with open_reader(folder / "hall.enemado") as reader:
        found = await reader.raw(POINT, 0, 1 << 53)
    return Counter(int(value) for value in found.value[found.value == found.value])


async def test_nothing_is_lost_or_doubled(tmp_path: Path, warm: WarmStart, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    async with town(tmp_path, warm) as (broker, node, publisher):
        for number in range(times or SHORT):
            publishing = asyncio.gather(publisher.run(1.0))
            await asyncio.sleep(0)
            if number % 2 == 0:
                await publisher.run(luck.uniform(0.05, 0.4))
                await node.kill()
                await node.start()
            else:
                await publisher.run(luck.uniform(0.05, 0.4))
                broker.kill()
                await broker.start()
            await publishing
        await publisher.finish()
    found = await kept(tmp_path)
    print(f"{publisher.sent} sent, {len(found)} kept")  # noqa: T201
    assert sorted(found) == list(range(publisher.sent))
    assert set(found.values()) == {1}


async def test_a_node_that_acknowledges_too_early_is_found_out(tmp_path: Path, warm: WarmStart, seed: int) -> None:
    luck = random.Random(seed)
    async with town(tmp_path, warm, HASTY) as (_, node, publisher):
        for _ in range(3):
            await publisher.run(luck.uniform(0.2, 0.5))
            await node.kill()
            await node.start()
        await publisher.finish()
    assert publisher.acknowledged - set(await kept(tmp_path))
