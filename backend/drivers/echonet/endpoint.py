"""The one UDP port by which a node speaks ECHONET Lite: finds the request that an answer belongs to, hears announcements."""

import asyncio
import random
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import structlog

from backend.drivers.contract import DeviceGarbled, DeviceUnreachable
from backend.drivers.echonet.address import PORT
from backend.drivers.echonet.frame import CONTROLLER, Eoj, Esv, Frame, FrameError, Property, decode, request
from backend.drivers.echonet.own import OWN_OBJECTS, answer_to
from backend.settings.node import EchonetPort

GROUP: Final = "224.0.23.0"
ANSWERS: Final = {
    Esv.GET: (Esv.GET_RES, Esv.GET_SNA),
    Esv.SETC: (Esv.SET_RES, Esv.SETC_SNA),
    Esv.INF_REQ: (Esv.INF, Esv.INF_SNA),
}
_REQUESTS: Final = (Esv.SETI, Esv.SETC, Esv.GET, Esv.INF_REQ)
_log = structlog.get_logger(__name__)

Source = tuple[str, int]
"""Address and port from which a datagram came."""
Hear = Callable[[Source, Frame], None]


@dataclass(slots=True)
class _Pending:
    """A request that waits for its answer."""

    deoj: Eoj
    wanted: tuple[Esv, ...]
    answer: "asyncio.Future[Frame]"


@dataclass(slots=True)
class _Open:
    """What exists while somebody uses the port."""

    transport: asyncio.DatagramTransport
    others: list[asyncio.DatagramTransport] = field(default_factory=list[asyncio.DatagramTransport])


class Endpoint:
    """Opened by its first user and closed by its last; ``acquire`` and ``release`` go in pairs."""

    def __init__(self, settings: EchonetPort, device_port: int = PORT) -> None:
        """``device_port`` is where all nodes of the network listen."""
        self._settings = settings
        self._device_port = device_port
        self._open: _Open | None = None
        self._opening = asyncio.Lock()
        self.users = 0
        """How many hold it at this moment."""
        self._tid = random.randrange(1, 0xFFFF)
        self._pending: dict[tuple[str, int], _Pending] = {}
        self._garbage: dict[str, int] = {}
        self._listeners: list[Hear] = []
        self._echo = b""
        self._lines: dict[Source, asyncio.Lock] = {}

    @property
    def port(self) -> int:
        """Where we really listen, while somebody uses it."""
        if self._open is None:
            raise RuntimeError("not open")
        name: tuple[str, int] = self._open.transport.get_extra_info("sockname")
        return name[1]

    async def acquire(self) -> None:
        """Begin to use the port. Raises ``DeviceUnreachable`` where another program has it."""
        self.users += 1
        try:
            async with self._opening:
                if self._open is None:
                    self._open = await self._listen()
        except OSError as error:
            self.users -= 1
            raise DeviceUnreachable(f"UDP port {self._settings.port} cannot be had here: {error.strerror or error}") from error
        except BaseException:
            self.users -= 1
            raise

    def release(self) -> None:
        """Stop using the port; never raises."""
        self.users -= 1
        if self.users or self._open is None:
            return
        for transport in (self._open.transport, *self._open.others):
            transport.abort()
        self._open = None
        self._lines.clear()
        self._garbage.clear()

    def listen(self, hear: Hear) -> Callable[[], None]:
        """Tell this of every announcement; call the result to hear no more."""
        self._listeners.append(hear)
        return lambda: self._listeners.remove(hear) if hear in self._listeners else None

    async def ask(self, to: Source, deoj: Eoj, esv: Esv, properties: Sequence[Property], within_s: float) -> Frame:
        """The answer to one request, from whatever port of that address it comes. Raises ``DeviceError``.

        A node gets one request at a time: small ones forget a second.
        """
        line = self._lines.setdefault(to, asyncio.Lock())
        async with line:
            if self._open is None:
                raise DeviceUnreachable("the port is closed")
            frame = request(self._next_tid(to[0]), deoj, esv, properties)
            pending = _Pending(deoj, ANSWERS[esv], asyncio.get_running_loop().create_future())
            key = (to[0], frame.tid)
            self._pending[key] = pending
            garbage = self._garbage.get(to[0], 0)
            try:
                self._open.transport.sendto(frame.encode(), to)
                async with asyncio.timeout(within_s):
                    return await pending.answer
            except TimeoutError as error:
                if self._garbage.get(to[0], 0) > garbage:
                    raise DeviceGarbled("what comes from there is no ECHONET Lite") from error
                raise DeviceUnreachable(f"no answer within {within_s:g} s") from error
            finally:
                del self._pending[key]

    def shout(self, deoj: Eoj, esv: Esv, properties: Sequence[Property], to: Source | None = None) -> None:
        """Ask everybody at once, or send without waiting; answers are heard by listeners."""
        if self._open is None:
            raise DeviceUnreachable("the port is closed")
        target = to or (GROUP, self._device_port)
        self._echo = request(self._next_tid(target[0]), deoj, esv, properties).encode()
        self._open.transport.sendto(self._echo, target)

    def received(self, data: bytes, source: Source) -> None:
        """One datagram. Never raises, whatever it holds."""
        if data == self._echo:
            return
        try:
            frame = decode(data)
        except FrameError:
            self._garbage[source[0]] = self._garbage.get(source[0], 0) + 1
            return
        if frame.esv in _REQUESTS:
            self._answer(frame, source)
            return
        pending = self._pending.get((source[0], frame.tid))
        if pending and frame.esv in pending.wanted and pending.deoj.covers(frame.seoj):
            if not pending.answer.done():
                pending.answer.set_result(frame)
            return
        if frame.esv is Esv.INFC and frame.deoj.code in (CONTROLLER.code, *(eoj.code for eoj in OWN_OBJECTS)):
            told = tuple(Property(each.epc) for each in frame.properties)
            self._send(Frame(frame.tid, frame.deoj, frame.seoj, Esv.INFC_RES, told), source)
        for hear in tuple(self._listeners):
            hear(source, frame)

    def _answer(self, frame: Frame, source: Source) -> None:
        """We are a node as well: others may ask who we are."""
        for reply in answer_to(frame):
            self._send(reply, source)

    def _send(self, frame: Frame, to: Source) -> None:
        if self._open is not None:
            self._open.transport.sendto(frame.encode(), to)

    def _next_tid(self, host: str) -> int:
        while True:
            self._tid = self._tid % 0xFFFF + 1
            if (host, self._tid) not in self._pending:
                return self._tid

    async def _listen(self) -> _Open:
        settings = self._settings
        loop = asyncio.get_running_loop()
        host = settings.interface or "0.0.0.0"
        transport, _ = await loop.create_datagram_endpoint(lambda: _Line(self), local_addr=(host, settings.port))
        opened = _Open(transport)
        try:
            await self._join(opened)
        except OSError as error:
            _log.info("announcements by multicast cannot be heard here", why=error.strerror or str(error))
        return opened

    async def _join(self, opened: _Open) -> None:
        """Hear what is told to everybody. A socket that is bound to one interface does not, so it gets a second one."""
        settings, own = self._settings, cast(socket.socket, opened.transport.get_extra_info("socket"))
        member = socket.inet_aton(GROUP) + socket.inet_aton(settings.interface or "0.0.0.0")
        if settings.interface:
            own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(settings.interface))
        if not settings.interface or sys.platform == "win32":
            own.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            return
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            other.setblocking(False)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((GROUP, own.getsockname()[1]))
            other.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Line(self), sock=other)
        except BaseException:
            other.close()
            raise
        opened.others.append(transport)


class _Line(asyncio.DatagramProtocol):
    """Passes on what comes; what could not be sent is found out by the missing answer."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._endpoint.received(data, (addr[0], addr[1]))
