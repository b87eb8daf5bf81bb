"""A device that counts up by MQTT and sends again what the node did not acknowledge."""

import asyncio
import json
import time

from tests.support.mqtt_device import MqttDevice


class Publisher:
    """Counts up, and sends again what was not acknowledged by the node for a second."""

    def __init__(self, device: MqttDevice) -> None:
        self._device = device
        self._began_ms = time.time_ns() // 1_000_000 - 3_600_000
        self.sent = 0
        self._open: dict[int, float] = {}

    @property
    def acknowledged(self) -> set[int]:
        return set(self._device.acknowledged())

    async def run(self, until_s: float) -> None:
        end_s = time.monotonic() + until_s
        while time.monotonic() < end_s:
            self._publish(self.sent)
            self.sent += 1
            self._again()
            await asyncio.sleep(0.005)

    async def finish(self) -> None:
        """Until everything is acknowledged."""
        async with asyncio.timeout(60):
            while self._open:
                self._again()
                await asyncio.sleep(0.1)

    def _again(self) -> None:
        for number in self.acknowledged & self._open.keys():
            del self._open[number]
        for number, at_s in list(self._open.items())[:50]:
            if time.monotonic() - at_s > 1.0 and self._device.client.is_connected():
                self._publish(number)

    def _publish(self, number: int) -> None:
        body = {"v": number, "u": "W", "ts": self._began_ms + number, "seq": number, "epoch": "one"}
        self._device.client.publish("enemado/hall/roof/ac_power", json.dumps(body), qos=1)
        self._open[number] = time.monotonic()
