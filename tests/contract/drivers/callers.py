"""Devices of every listening driver, brought down to what the contract suite needs of them. One class per protocol."""

from abc import ABC, abstractmethod
from typing import Any

from websockets.asyncio.client import connect

from backend.drivers.contract import ListeningDriver
from backend.drivers.ocpp.central import CentralSystem
from backend.model.device import Device
from backend.settings.node import OcppListener
from tests.support.charge_point import Bare, charger


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

    @abstractmethod
    def driver(self, port: int = 0) -> ListeningDriver: ...

    @abstractmethod
    def port(self, driver: ListeningDriver) -> int:
        """Where the driver really listens."""

    @abstractmethod
    async def call(self, port: int, known: bool = True) -> Call:
        """Connect as the registered device, or as somebody else. Raises where we are refused."""


class OcppCall(Call):
    def __init__(self, bare: Bare) -> None:
        self._bare = bare

    async def report(self) -> None:
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        answer: list[Any] = await self._bare.ask("StatusNotification", status)
        assert answer[0] == 3

    async def babble(self) -> None:
        for frame in ("{", "[]", '[2,"a"]', '[9,"b",1]', '[2,"c","StatusNotification",{"connectorId":"x"}]', "\x00", "[" * 2000):
            await self._bare.raw(frame)

    async def vanish(self) -> None:
        self._bare.socket.transport.abort()
        await self._bare.socket.wait_closed()


class OcppCaller(Caller):
    scheme = "ocpp"
    device = charger("CP-01")

    def driver(self, port: int = 0) -> ListeningDriver:
        return CentralSystem(OcppListener("127.0.0.1", port))

    def port(self, driver: ListeningDriver) -> int:
        assert isinstance(driver, CentralSystem)
        return driver.port

    async def call(self, port: int, known: bool = True) -> Call:
        identity = "CP-01" if known else "CP-STRANGER"
        url = f"ws://127.0.0.1:{port}/ocpp/{identity}"
        socket = await connect(url, subprotocols=["ocpp1.6"], ping_interval=None, close_timeout=0.2, proxy=None)  # type: ignore[list-item]
        return OcppCall(Bare(socket))


CALLERS: tuple[type[Caller], ...] = (OcppCaller,)
