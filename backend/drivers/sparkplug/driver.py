"""The Sparkplug B driver: edge nodes are heard through the broker, and asked for a birth where something was missed."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiomqtt

from backend.drivers.broker import Courier, Letter, Line, client_id_of
from backend.drivers.contract import DeviceError, Secret
from backend.drivers.memory import Memory
from backend.drivers.sparkplug.edge import NAMESPACE
from backend.drivers.sparkplug.payload import rebirth
from backend.drivers.sparkplug.reader import PayloadReader
from backend.drivers.tellers import Tellers
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device
from backend.settings.node import MqttBroker

SECRET: Final = "mqtt"
"""Name of the secret that holds the password for the broker."""
_TOPICS: Final = tuple(f"{NAMESPACE}/+/{kind}/#" for kind in ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"))


class SparkplugDriver:
    """Edge nodes and devices behind one broker. They report by exception: silence is none, a death is."""

    def __init__(self, broker: MqttBroker, node: str, memory: Memory | None = None) -> None:
        """``node`` is our node's name, which tells its session from those of others."""
        self._broker, self._node, self._memory = broker, node, memory

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises ``DeviceError`` where the broker cannot be had at the start."""
        tellers = Tellers(devices, sink, clock, insecure=not self._broker.tls and not self._broker.is_here)
        await tellers.open(self._memory)
        reader = PayloadReader(devices, tellers, clock, self._broker.host)

        async def take(line: Line, letters: Sequence[Letter]) -> None:
            told = [each for letter in letters for each in reader.read(letter)]
            events, reader.events = reader.events, []
            await tellers.keep(told, events)
            unborn, reader.unborn = reader.unborn, set()
            await _ask(line, unborn, clock)

        async def greet(line: Line) -> None:
            await _ask(line, reader.nodes, clock)

        name = client_id_of(self._broker, self._node, "sparkplug")
        courier = Courier(self._broker, name, secret(SECRET), _TOPICS, take, tellers.lose_all, greet)
        try:
            async with courier.running():
                yield
        except DeviceError:
            tellers.lose_all("broker")
            raise


async def _ask(line: Line, nodes: Iterable[tuple[str, str]], clock: Clock) -> None:
    """For a birth; a node that cannot be asked now is asked when something of it is missed again."""
    for group, node in nodes:
        try:
            await line.publish(f"{NAMESPACE}/{group}/NCMD/{node}", rebirth(clock.now_ms()), qos=0)
        except aiomqtt.MqttError:
            return
