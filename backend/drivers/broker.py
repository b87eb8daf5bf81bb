"""One persistent session with an MQTT broker: messages are acknowledged by hand, after they are on disk.

Delivery promise: what the broker sent with QoS 1 and ``take`` did not return from is sent again when we are back; so
``take`` gets everything at least once. The session outlives restarts of ours under its fixed client id.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

import aiomqtt
import structlog
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.model.delivery import StorageError
from backend.settings.node import MqttBroker

_log = structlog.get_logger(__name__)
_QUIET: Final = logging.getLogger("enemado.mqtt")
"""The library tells with every message what we tell at edges."""
_QUIET.setLevel(logging.CRITICAL)

LARGEST_BYTES: Final = 256 * 1024
"""Of one message; a broker that speaks MQTT 5 does not even send more."""
MOST_AT_ONCE: Final = 500
"""Messages that are put on disk together, and that may be unacknowledged."""
_MOST_WAITING: Final = 20_000
"""Of messages with QoS 0, which nobody sends again: beyond this they are dropped."""
_REFUSED: Final = 0x80
"""From here on a code of SUBACK says no."""
_CONNECT_S: Final = 5.0
_GOODBYE_S: Final = 0.4
_LONGEST_S: Final = 30.0
_SESSION_S: Final = 30 * 86_400
"""So long the broker keeps what we miss."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message."""

    topic: str
    payload: bytes
    retained: bool = False
    """Kept by the broker from earlier, and sent because we subscribed: it may be of any age."""


Take = Callable[["Line", Sequence[Letter]], Awaitable[None]]
"""Puts letters on disk; they are acknowledged when it returns. Raises ``StorageError``."""


class Line(aiomqtt.Client):
    """One connection to the broker."""

    def __init__(self, broker: MqttBroker, client_id: str, password: str | None, trust: ssl.SSLContext | None) -> None:
        is_five = broker.version == 5
        super().__init__(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=password if broker.username else None,
            identifier=client_id,
            logger=_QUIET,
            protocol=aiomqtt.ProtocolVersion.V5 if is_five else aiomqtt.ProtocolVersion.V311,
            clean_session=None if is_five else False,
            clean_start=False if is_five else MQTT_CLEAN_START_FIRST_ONLY,
            properties=_properties() if is_five else None,
            max_queued_incoming_messages=_MOST_WAITING,
            timeout=_CONNECT_S,
            keepalive=30,
            tls_context=trust,
        )
        self._is_five = is_five
        self._client.manual_ack_set(True)
        self._client.connect_timeout = _CONNECT_S

    async def listen(self, topics: Sequence[str]) -> None:
        """Subscribe; what we publish ourselves is left out where the broker can. Raises ``aiomqtt.MqttError``."""
        for topic in topics:
            if self._is_five:
                codes = await self.subscribe(topic, options=SubscribeOptions(qos=1, noLocal=True))
            else:
                codes = await self.subscribe(topic, qos=1)
            if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in codes):
                raise aiomqtt.MqttError(f"the broker does not let us listen to {topic}")

    async def receive(self) -> list[aiomqtt.Message]:
        """What is there, at least one. Raises ``aiomqtt.MqttError`` where the connection is lost."""
        found = [await anext(aiter(self.messages))]
        while len(found) < MOST_AT_ONCE and not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found

    def acknowledge(self, messages: Sequence[aiomqtt.Message]) -> None:
        """They are on disk: the broker may forget them."""
        for message in messages:
            self._client.ack(message.mid, message.qos)

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        """Say goodbye within half a second, whatever state the line is in."""
        self.timeout = _GOODBYE_S
        try:
            await super().__aexit__(exc_type, exc, tb)
        except aiomqtt.MqttError:
            _QUIET.debug("the broker did not say goodbye")
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()
        # The library closes its sockets when it is collected, which may be much later.
        self._client.__del__()


@dataclass
class Courier:
    """Keeps the session alive while it runs, and hands over what comes."""

    broker: MqttBroker
    client_id: str
    password: str | None
    topics: Sequence[str]
    take: Take
    lost: Callable[[str], None]
    """Is told when the broker is out of reach, and again for every failed try."""
    greet: Callable[[Line], Awaitable[None]] | None = None
    """Is called on every new connection, once it listens."""
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    trouble: str = field(default="", init=False)
    """Why the broker is out of reach; empty while it is there."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Take what comes until the context ends. Raises ``DeviceError`` where the broker cannot be had at the start."""
        line = await self._connect()
        async with asyncio.TaskGroup() as tasks:
            carrying = tasks.create_task(self._run(line), name=f"mqtt {self.client_id}")
            try:
                yield
            finally:
                carrying.cancel()

    async def _run(self, line: Line | None) -> None:
        failures = 0
        while True:
            try:
                line = line or await self._connect()
                failures = 0
                await self._converse(line)
            except (aiomqtt.MqttError, DeviceUnreachable, DeviceMisconfigured, StorageError, OSError) as error:
                self._failed(str(error))
            line, failures = None, failures + 1
            await self.wait(min(_LONGEST_S, 0.5 * 2 ** min(failures, 10)) * (0.5 + 0.5 * self.chance()))

    async def _connect(self) -> Line:
        trust = await asyncio.to_thread(_trust, self.broker)
        line = Line(self.broker, self.client_id, self.password, trust)
        try:
            await line.__aenter__()
        except aiomqtt.MqttError as error:
            raise DeviceUnreachable(f"broker {self.broker.host}:{self.broker.port}: {error}") from error
        try:
            await line.listen(self.topics)
        except BaseException as error:
            await line.__aexit__(None, None, None)
            if isinstance(error, aiomqtt.MqttError):
                raise DeviceUnreachable(str(error)) from error
            raise
        return line

    async def _converse(self, line: Line) -> None:
        try:
            if self.greet is not None:
                await self.greet(line)
            if self.trouble:
                _log.info("broker in contact", host=self.broker.host)
            self.trouble = ""
            while not _is_cancelled():
                messages = await line.receive()
                await self.take(line, [_letter(message) for message in messages])
                line.acknowledge(messages)
            raise asyncio.CancelledError
        finally:
            await line.__aexit__(None, None, None)

    def _failed(self, why: str) -> None:
        if not self.trouble:
            _log.warning("broker out of reach", host=self.broker.host, why=why)
        self.trouble = why or "connection lost"
        self.lost("broker")


def _is_cancelled() -> bool:
    """The library waits with ``asyncio.wait_for``, which in Python 3.11 forgets a cancellation that meets the answer."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def client_id_of(broker: MqttBroker, node: str, role: str) -> str:
    """Fixed for a node and what it listens for; told apart from those of other nodes by the settings or its name."""
    own = broker.client_id or "enemado-" + "".join(letter if letter.isalnum() else "-" for letter in node)[:40]
    return f"{own}-{role}" if role else own


def _letter(message: aiomqtt.Message) -> Letter:
    return Letter(str(message.topic), message.payload, bool(message.retain))


def _properties() -> Properties:
    found = Properties(PacketTypes.CONNECT)
    found.SessionExpiryInterval = _SESSION_S
    found.ReceiveMaximum = MOST_AT_ONCE
    found.MaximumPacketSize = LARGEST_BYTES + 1024
    return found


def _trust(broker: MqttBroker) -> ssl.SSLContext | None:
    """Raises ``DeviceMisconfigured`` where the authority's file cannot be read."""
    if not broker.tls:
        return None
    try:
        return ssl.create_default_context(cafile=broker.ca)
    except (OSError, ssl.SSLError) as error:
        raise DeviceMisconfigured(f"{broker.ca}: {error}") from error
