"""The MQTT driver: takes what devices leave with the broker, acknowledges it once it is on disk. Start reading here."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiomqtt

from backend.drivers.broker import Courier, Letter, Line, client_id_of
from backend.drivers.contract import DeviceError, Secret
from backend.drivers.memory import Memory
from backend.drivers.mqtt.convention import ACK, ROOT, Telegram
from backend.drivers.mqtt.reader import LetterReader
from backend.drivers.mqtt.registry import register
from backend.drivers.tellers import Tellers, watching
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device
from backend.settings.node import MqttBroker

SECRET: Final = "mqtt"
"""Name of the secret that holds the password for the broker."""


class MqttDriver:
    """Devices behind one broker."""

    def __init__(self, broker: MqttBroker, node: str, memory: Memory | None = None, *, tick_s: float = 1.0) -> None:
        """``node`` is the node's name, which tells its session from those of others."""
        self._broker, self._node, self._memory, self._tick_s = broker, node, memory, tick_s

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises ``DeviceError`` where the broker cannot be had at the start."""
        registry = register(devices)
        tellers = Tellers(devices, sink, clock, insecure=not self._broker.tls and not self._broker.is_here)
        await tellers.open(self._memory)
        reader = LetterReader(registry, tellers, clock, self._broker.host)

        async def take(line: Line, letters: Sequence[Letter]) -> None:
            reader.received.clear()
            told = [each for letter in letters for each in reader.read(letter)]
            events, reader.events = reader.events, []
            await tellers.keep(told, events)
            await _confirm(line, reader.received)

        name = client_id_of(self._broker, self._node, "")
        courier = Courier(self._broker, name, secret(SECRET), registry.topics, take, tellers.lose_all)
        try:
            async with courier.running(), watching(tellers, self._tick_s):
                yield
        except DeviceError:
            tellers.lose_all("broker")
            raise


async def _confirm(line: Line, received: dict[tuple[str, str], list[Telegram]]) -> None:
    """Tell each device what of it is on disk: a PUBACK of the broker does not prove that anybody has it."""
    for (site, name), telegrams in received.items():
        topic = f"{ROOT}/{site}/{name}/{ACK}"
        by_epoch: dict[int | str | None, list[int | None]] = {}
        for telegram in telegrams:
            by_epoch.setdefault(telegram.epoch, []).append(telegram.sequence)
        for epoch, sequences in by_epoch.items():
            try:
                await line.publish(topic, json.dumps({"epoch": epoch, "seq": sequences}), qos=0)
            except aiomqtt.MqttError:
                return
