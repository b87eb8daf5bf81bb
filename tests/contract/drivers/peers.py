"""Devices of every polling driver, brought down to what the contract suite needs of them. One class per protocol."""

import asyncio
import hashlib
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from backend.drivers.blueprint.driver import BlueprintDriver
from backend.drivers.contract import PollingDriver
from backend.drivers.echonet.driver import EchonetDriver
from backend.drivers.index import polling_driver
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source
from backend.model.quantities import AC_POWER
from backend.settings.node import EchonetPort
from backend.simulation.echonet import Fault as EchonetFault
from backend.simulation.echonet import PseudoNode, pseudo_pv
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.sunspec import PseudoDevice, plate, pseudo_inverter
from backend.simulation.web import WebDevice, WebFault
from tests.support.certificates import make_certificates

TIMEOUT_S = 0.2


class Mood(StrEnum):
    """What every peer can be told to do."""

    WELL = "well"
    SILENT = "silent"
    GARBAGE = "garbage"
    HANGS_UP = "hangs_up"


class Peer(ABC):
    """One device of one protocol, on loopback."""

    scheme: str
    open_limit_s: float
    """Longest that opening may take."""
    poll_limit_s: float

    @abstractmethod
    async def start(self) -> None:
        """Begin or begin again to listen, on the same port."""

    @abstractmethod
    async def stop(self) -> None:
        """Vanish: no listener, no connections."""

    @abstractmethod
    def feel(self, mood: Mood) -> None: ...

    @abstractmethod
    def replace_device(self, serial: str) -> None:
        """Another device of the same kind takes this one's place."""

    @property
    @abstractmethod
    def address(self) -> str: ...

    @property
    @abstractmethod
    def connected(self) -> int:
        """How many connections are open."""

    @abstractmethod
    def driver(self) -> PollingDriver: ...

    @property
    def device(self) -> Device:
        return Device("town/thing", "town", DeviceKind.INVERTER, {"en": "Thing"}, self.address)


class SunSpecPeer(Peer):
    scheme = "sunspec"
    open_limit_s = 10 * TIMEOUT_S
    poll_limit_s = 3 * TIMEOUT_S

    def __init__(self) -> None:
        self.pseudo: PseudoDevice = pseudo_inverter("A1")
        self.server: ModbusServer = self.pseudo.serve()

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()

    def feel(self, mood: Mood) -> None:
        self.server.fault = Fault(mood) if mood is not Mood.WELL else Fault.NONE

    def replace_device(self, serial: str) -> None:
        self.pseudo.chain[0] = plate(serial)

    @property
    def address(self) -> str:
        return f"sunspec://127.0.0.1:{self.server.port}?unit=1&timeout={TIMEOUT_S}"

    @property
    def connected(self) -> int:
        return self.server.connected

    def driver(self) -> PollingDriver:
        return polling_driver(self.address)


class EchonetPeer(Peer):
    """There are no connections: it counts who uses the driver's one port."""

    scheme = "echonet"
    open_limit_s = 10 * TIMEOUT_S
    poll_limit_s = 5 * TIMEOUT_S

    def __init__(self) -> None:
        self.pseudo = pseudo_pv("A1", 3500, 28_000)
        self.node = PseudoNode(self.pseudo)
        self._driver = EchonetDriver(EchonetPort("127.0.0.1", 0))

    async def start(self) -> None:
        await self.node.start()

    async def stop(self) -> None:
        await self.node.stop()

    def feel(self, mood: Mood) -> None:
        faults = {Mood.WELL: EchonetFault.NONE, Mood.GARBAGE: EchonetFault.GARBAGE}
        self.node.fault = faults.get(mood, EchonetFault.SILENT)

    def replace_device(self, serial: str) -> None:
        self.pseudo.replace_serial(serial)

    @property
    def address(self) -> str:
        return f"echonet://127.0.0.1:{self.node.port}/0279:1?timeout={TIMEOUT_S}"

    @property
    def connected(self) -> int:
        return self._driver.endpoint.users

    def driver(self) -> PollingDriver:
        return self._driver


class BlueprintPeer(Peer):
    """The pretended device of the blueprint; a model for the peer of a new driver."""

    scheme = "blueprint"
    open_limit_s = 2 * TIMEOUT_S
    poll_limit_s = TIMEOUT_S

    def __init__(self) -> None:
        self.line = "SN=A1;P=1234.5;E=77"
        self.port = 0
        self._mood = Mood.WELL
        self._chance = Random(1)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._connections, self._answer), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drop()
        await asyncio.sleep(0)

    def feel(self, mood: Mood) -> None:
        self._mood = mood

    def replace_device(self, serial: str) -> None:
        self.line = self.line.replace("SN=A1", f"SN={serial}")

    @property
    def address(self) -> str:
        return f"blueprint://127.0.0.1:{self.port}"

    @property
    def connected(self) -> int:
        return len(self._connections)

    def driver(self) -> PollingDriver:
        return BlueprintDriver(TIMEOUT_S)

    def _answer(self, connection: "_Connection") -> bytes:
        match self._mood:
            case Mood.SILENT:
                return b""
            case Mood.GARBAGE:
                return self._chance.randbytes(self._chance.randint(1, 9000)) + b"\n"
            case Mood.HANGS_UP:
                connection.drop()
                return b""
            case Mood.WELL:
                return self.line.encode() + b"\n"


class _Connection(asyncio.Protocol):
    def __init__(self, connections: "set[_Connection]", answer: "Callable[[_Connection], bytes]") -> None:
        self._connections = connections
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\n")):
            self._transport.write(self._answer(self))

    def drop(self) -> None:
        self._transport.abort()


class HttpPeer(Peer):
    scheme = "http"
    open_limit_s = 2 * TIMEOUT_S
    poll_limit_s = 2 * TIMEOUT_S

    def __init__(self) -> None:
        self._serial = "A1"
        self.server = WebDevice(lambda: {"sn": self._serial, "power": 1.2345})

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()

    def feel(self, mood: Mood) -> None:
        self.server.fault = WebFault(mood) if mood is not Mood.WELL else WebFault.NONE

    def replace_device(self, serial: str) -> None:
        self._serial = serial

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/status#timeout={TIMEOUT_S}"

    @property
    def device(self) -> Device:
        mapping = Mapping((Source("ac_power", "power", 1000.0),), None, "sn")
        return replace(super().device, points=(AC_POWER,), mapping=mapping)

    @property
    def connected(self) -> int:
        return self.server.connected

    def driver(self) -> PollingDriver:
        return polling_driver(self.address)


class HttpsPeer(HttpPeer):
    """Shows a certificate that nobody signed; the address tells its fingerprint."""

    scheme = "https"
    open_limit_s = 8 * TIMEOUT_S
    poll_limit_s = 8 * TIMEOUT_S

    def __init__(self) -> None:
        super().__init__()
        with TemporaryDirectory() as folder:
            certificate = make_certificates(Path(folder)) / "self.pem"
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trust.load_cert_chain(certificate, certificate.with_suffix(".key"))
            self._fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
        self.server = WebDevice(lambda: {"sn": self._serial, "power": 1.2345}, trust=trust)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.server.port}/status#timeout={4 * TIMEOUT_S}&sha256={self._fingerprint}"


PEERS: tuple[type[Peer], ...] = (SunSpecPeer, EchonetPeer, BlueprintPeer, HttpPeer, HttpsPeer)
