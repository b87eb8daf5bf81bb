"""A device that publishes by MQTT, written directly with paho and independent of the product."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.until import until


class MqttDevice:
    """Publishes with QoS 1 from a thread of its own, as paho does; keeps what came for it."""

    def __init__(self, port: int, name: str, will: tuple[str, bytes, bool] | None = None, version: int = 4) -> None:
        protocol = MQTTProtocolVersion(version)
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol)
        self.client.reconnect_delay_set(1, 1)
        if will is not None:
            self.client.will_set(will[0], will[1], qos=1, retain=will[2])
        self.heard: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        self.client.on_message = self._on_message
        self._port = port
        self.subscriptions: list[str] = []
        self.client.on_connect = self._on_connect

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        for topic in self.subscriptions:
            client.subscribe(topic, 1)

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            self.heard.append((message.topic, bytes(message.payload)))

    async def __aenter__(self) -> "MqttDevice":
        await asyncio.to_thread(self.client.connect, "127.0.0.1", self._port, 5)
        self.client.loop_start()
        await until(self.client.is_connected)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)
        self.client.__del__()

    async def vanish(self) -> None:
        """Be gone without a word; the broker publishes the last will."""
        self.client.loop_stop()
        sock = self.client.socket()
        if sock is not None:
            sock.close()
        self.client.__del__()

    async def publish(self, topic: str, payload: bytes | str | dict[str, Any], retain: bool = False, qos: int = 1) -> None:
        """Returns once the broker has it."""
        data = json.dumps(payload) if isinstance(payload, dict) else payload
        info = self.client.publish(topic, data, qos=qos, retain=retain)
        await until(info.is_published)

    def acknowledged(self, read: Callable[[dict[str, Any]], list[int]] = lambda body: body["seq"]) -> list[int]:
        """Sequence numbers that the node says it has on disk."""
        with self._lock:
            return [number for topic, payload in self.heard if topic.endswith("/ack") for number in read(json.loads(payload))]
