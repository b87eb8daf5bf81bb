"""Devices of every listening driver, brought down to what the contract suite needs of them. One class per protocol."""

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, ClassVar

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from backend.drivers.contract import ListeningDriver
from backend.drivers.mqtt.driver import MqttDriver
from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.push.driver import PushDriver
from backend.drivers.sparkplug.driver import SparkplugDriver
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source
from backend.model.quantities import AC_POWER
from backend.settings.node import MqttBroker, OcppListener, PushListener
from tests.support.broker import Broker, broker_folder, missing
from tests.support.charge_point import Bare, charger
from tests.support.mqtt_device import MqttDevice
from tests.support.node_process import free_ports
from tests.support.sink import RecordingSink
from tests.support.sparkplug_node import SparkplugNode, metric, payload
from tests.support.until import until


class Call(ABC):
    """One open line of a device to us."""

    @abstractmethod
    async def report(self) -> None:
        """Say something of value and wait until it is acknowledged."""

    @abstractmethod
    async def babble(self) -> None:
        """Send what the protocol does not allow, and much of it."""

    @abstractmethod
    async def vanish(self) -> None:
        """Be gone without a word."""


class Caller(ABC):
    """Devices of one protocol that call."""

    scheme: str
    device: Device
    """The registered one."""
    sink: RecordingSink | None = None
    """Where the driver at work puts everything."""
    missing: str | None = None
    """Why this protocol cannot be tried here."""

    @asynccontextmanager
    async def surroundings(self) -> AsyncGenerator[None]:
        """What stands between device and driver, such as a broker."""
        yield

    def secret(self, key: str) -> str | None:
        """Of a device."""
        return None

    def unusable(self, port: int) -> int:
        """Where the driver cannot do its work while another one does on this port."""
        return port

    @abstractmethod
    def driver(self, port: int = 0) -> ListeningDriver: ...

    @abstractmethod
    def port(self, driver: ListeningDriver) -> int:
        """Where the driver really listens."""

    @abstractmethod
    async def call(self, port: int, known: bool = True) -> Call:
        """Connect as the registered device, or as somebody else. Raises where we are refused."""


class OcppCall(Call):
    def __init__(self, bare: Bare, status: dict[str, object]) -> None:
        self._bare, self._status = bare, status

    async def report(self) -> None:
        answer: list[Any] = await self._bare.ask("StatusNotification", self._status)
        assert answer[0] == 3

    async def babble(self) -> None:
        for frame in ("{", "[]", '[2,"a"]', '[9,"b",1]', '[2,"c","StatusNotification",{"connectorId":"x"}]', "\x00", "[" * 2000):
            await self._bare.raw(frame)

    async def vanish(self) -> None:
        self._bare.socket.transport.abort()
        await self._bare.socket.wait_closed()


class OcppCaller(Caller):
    scheme = "ocpp"
    version = "ocpp1.6"
    status: ClassVar[dict[str, object]] = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    device = charger("CP-01")

    def driver(self, port: int = 0) -> ListeningDriver:
        return CentralSystem(OcppListener("127.0.0.1", port))

    def port(self, driver: ListeningDriver) -> int:
        assert isinstance(driver, CentralSystem)
        return driver.port

    async def call(self, port: int, known: bool = True) -> Call:
        identity = "CP-01" if known else "CP-STRANGER"
        url = f"ws://127.0.0.1:{port}/ocpp/{identity}"
        socket = await connect(url, subprotocols=[Subprotocol(self.version)], ping_interval=None, close_timeout=0.2, proxy=None)
        return OcppCall(Bare(socket), self.status)


class NewerOcppCaller(OcppCaller):
    version = "ocpp2.0.1"
    status: ClassVar[dict[str, object]] = {
        "timestamp": "2026-11-23T02:00:00Z",
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    }


class MqttCall(Call):
    def __init__(self, device: MqttDevice, name: str, numbers: Iterator[int]) -> None:
        self._device, self._name, self._numbers = device, name, numbers

    async def report(self) -> None:
        number = next(self._numbers)
        await self._device.publish(f"{self._name}/irradiance", {"v": 800, "u": "W/m2", "seq": number, "epoch": 1})
        await until(lambda: number in self._device.acknowledged(), 1 if self._name.endswith("stranger") else 15)

    async def babble(self) -> None:
        for body in (b"", b"{", b"[" * 2000, b"\xff\x00", b'{"v": {}}', b'{"v": 1, "u": "furlong", "seq": true}'):
            for point in ("irradiance", "nothing", "status", "meta"):
                await self._device.publish(f"{self._name}/{point}", body)

    async def vanish(self) -> None:
        await self._device.vanish()


class MqttCaller(Caller):
    scheme = "mqtt"
    device = Device("hall/roof", "hall", DeviceKind.SENSOR, {}, "mqtt://roof", interval_s=60)
    missing = missing()

    def __init__(self) -> None:
        self._numbers = count(1)
        self._broker: Broker | None = None
        self._devices: list[MqttDevice] = []

    @asynccontextmanager
    async def surroundings(self) -> AsyncGenerator[None]:
        with broker_folder() as self._broker:
            await self._broker.start()
            yield
            for device in self._devices:
                await device.vanish()

    def unusable(self, port: int) -> int:
        return free_ports(1)[0]

    def driver(self, port: int = 0) -> ListeningDriver:
        return MqttDriver(MqttBroker("127.0.0.1", port or self._there.port), "Hall")

    def port(self, driver: ListeningDriver) -> int:
        return self._there.port

    async def call(self, port: int, known: bool = True) -> Call:
        name = f"enemado/hall/{'roof' if known else 'stranger'}"
        device = MqttDevice(port, f"device{next(self._numbers)}")
        device.subscriptions.append(f"{name}/ack")
        self._devices.append(await device.__aenter__())
        return MqttCall(device, name, self._numbers)

    @property
    def _there(self) -> Broker:
        assert self._broker is not None
        return self._broker


class SparkplugCall(Call):
    """Edge nodes are not told what was kept: who reports looks for it in the sink."""

    def __init__(self, node: SparkplugNode, sink: RecordingSink, known: bool) -> None:
        self._node, self._sink, self._known = node, sink, known

    async def report(self) -> None:
        before = len(self._sink.readings)
        await self._node.birth(time.time_ns() // 1_000_000, [metric(1.5, "Power")])
        await until(lambda: len(self._sink.readings) > before, 15 if self._known else 1)

    async def babble(self) -> None:
        for data in (b"", b"\xff" * 100, b"\x12\xff\xff", b"\x12\x02\x10\x63", payload(1, 999, [metric(None, alias=77)])):
            for kind in ("NBIRTH", "NDATA", "NDEATH", "NONSENSE"):
                await self._node.line.publish(self._node.topic(kind), data)

    async def vanish(self) -> None:
        await self._node.line.vanish()


class SparkplugCaller(MqttCaller):
    scheme = "sparkplug"
    device = Device(
        "hall/edge",
        "hall",
        DeviceKind.METER,
        {},
        "sparkplug://Town/Edge",
        points=(AC_POWER,),
        mapping=Mapping((Source("ac_power", channel="Power"),)),
    )

    def driver(self, port: int = 0) -> ListeningDriver:
        return SparkplugDriver(MqttBroker("127.0.0.1", port or self._there.port), "Hall")

    async def call(self, port: int, known: bool = True) -> Call:
        node = SparkplugNode(port, next(self._numbers), "Edge" if known else "Stranger")
        self._devices.append(await node.line.__aenter__())
        assert self.sink is not None
        return SparkplugCall(node, self.sink, known)


class PushCall(Call):
    def __init__(self, client: httpx.AsyncClient, name: str, numbers: Iterator[int]) -> None:
        self._client, self._name, self._numbers = client, name, numbers

    async def report(self) -> None:
        (await self._post(b'{"p": 1.5}')).raise_for_status()

    async def babble(self) -> None:
        for body in (b"", b"{", b"[" * 2000, b"\xff\x00", b"x" * 300_000):
            assert (await self._post(body)).status_code in (413, 422)
        for path in ("", "/", "/v1/push/", "/v1/push/a/b"):
            assert (await self._client.get(path)).status_code in (404, 405)

    async def vanish(self) -> None:
        await self._client.aclose()

    async def _post(self, body: bytes) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(next(self._numbers))}
        return await self._client.post(f"/v1/push/{self._name}", content=body, headers=headers)


class PushCaller(Caller):
    scheme = "push"
    device = Device(
        "hall/roof",
        "hall",
        DeviceKind.SENSOR,
        {},
        "push://roof",
        interval_s=60,
        points=(AC_POWER,),
        mapping=Mapping((Source("ac_power", "p", 1000.0),)),
    )

    def __init__(self) -> None:
        self._numbers = count(1)
        self._clients: list[httpx.AsyncClient] = []

    @asynccontextmanager
    async def surroundings(self) -> AsyncGenerator[None]:
        yield
        for client in self._clients:
            await client.aclose()

    def secret(self, key: str) -> str | None:
        return KEY

    def driver(self, port: int = 0) -> ListeningDriver:
        return PushDriver(PushListener("127.0.0.1", port))

    def port(self, driver: ListeningDriver) -> int:
        assert isinstance(driver, PushDriver)
        return driver.port

    async def call(self, port: int, known: bool = True) -> Call:
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        self._clients.append(client)
        return PushCall(client, "roof" if known else "stranger", self._numbers)


KEY = "a-key-for-this-device-only"
CALLERS: tuple[type[Caller], ...] = (OcppCaller, NewerOcppCaller, MqttCaller, SparkplugCaller, PushCaller)
