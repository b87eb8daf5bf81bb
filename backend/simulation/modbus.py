"""A small Modbus TCP server for pseudo devices: cheap enough for hundreds in one process, and faulty on demand."""

import asyncio
import random
from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol, cast

READ_FUNCTIONS: Final = (3, 4)
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, NO_SUCH_UNIT = 1, 2, 3, 4, 11
_HEADER: Final = 7


class Registers(Protocol):
    """What a server serves."""

    def read(self, address: int, count: int) -> bytes | None:
        """These registers, or None where one of them does not exist."""
        ...


class Dump:
    """Registers as they were once taken from a device: pairs of address and word."""

    def __init__(self, words: dict[int, int]) -> None:
        self.words = words

    @classmethod
    def from_hex(cls, registers: list[tuple[int, str]]) -> "Dump":
        """From ``[[40000, "5375"], …]``."""
        return cls({address: int(word, 16) for address, word in registers})

    def read(self, address: int, count: int) -> bytes | None:
        """These registers, or None where one of them does not exist."""
        try:
            return b"".join(self.words[at].to_bytes(2) for at in range(address, address + count))
        except KeyError:
            return None


class Fault(StrEnum):
    """How a server misbehaves until told otherwise."""

    NONE = "none"
    SILENT = "silent"
    """Takes requests and never answers."""
    SLOW = "slow"
    """Answers after ``delay_s``."""
    GARBAGE = "garbage"
    """Answers with bytes that are no Modbus."""
    SHORT = "short"
    """Answers with fewer registers than were asked for."""
    SENTINELS = "sentinels"
    """Every register reads 0xFFFF, as some inverters do for a moment after waking."""
    BROKEN = "broken"
    """Refuses everything with exception 4."""
    HANGS_UP = "hangs_up"
    """Closes the connection instead of answering."""


class ModbusServer:
    """One listening port that answers for one or more units. Use as an async context manager."""

    def __init__(self, registers: Registers, units: tuple[int, ...] = (1,), host: str = "127.0.0.1", port: int = 0) -> None:
        self.registers = registers
        self.units = units
        self.host, self.port = host, port
        self.fault = Fault.NONE
        self.delay_s = 10.0
        """For ``Fault.SLOW``."""
        self.mangle: Callable[[bytes], bytes] | None = None
        """Applied to every finished answer, for tests that want their own damage."""
        self.requests = 0
        self.chance = random.Random(7)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        """Listen; the port stays the same over restarts once it is known."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, self._connections), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.drop()
        await asyncio.sleep(0)

    @property
    def connected(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    async def __aenter__(self) -> "ModbusServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def answer(self, frame: bytes) -> bytes | None:
        """The answer to one whole frame, or None for silence."""
        self.requests += 1
        if self.fault is Fault.SILENT:
            return None
        if self.fault is Fault.GARBAGE:
            return self.chance.randbytes(self.chance.randint(1, 300))
        body = self._body(frame[6], frame[_HEADER:])
        reply = frame[:4] + (len(body) + 1).to_bytes(2) + frame[6:7] + body
        return self.mangle(reply) if self.mangle else reply

    def _body(self, unit: int, request: bytes) -> bytes:
        function = request[0]
        if unit not in self.units:
            return bytes((function | 0x80, NO_SUCH_UNIT))
        if function not in READ_FUNCTIONS or len(request) != 5:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        if self.fault is Fault.BROKEN:
            return bytes((function | 0x80, DEVICE_FAILURE))
        address, count = int.from_bytes(request[1:3]), int.from_bytes(request[3:5])
        if not 1 <= count <= 125:
            return bytes((function | 0x80, ILLEGAL_VALUE))
        data = self.registers.read(address, count)
        if data is None:
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        if self.fault is Fault.SENTINELS:
            data = b"\xff" * len(data)
        if self.fault is Fault.SHORT:
            data = data[:-2]
        return bytes((function, len(data))) + data


class _Connection(asyncio.Protocol):
    def __init__(self, server: ModbusServer, connections: "set[_Connection]") -> None:
        self._server = server
        self._connections = connections
        self._buffer = b""
        self._timers: set[asyncio.TimerHandle] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        for timer in self._timers:
            timer.cancel()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) > _HEADER:
            size = 6 + int.from_bytes(self._buffer[4:6])
            if not _HEADER < size <= 260:
                self.drop()
                return
            if len(self._buffer) < size:
                return
            frame, self._buffer = self._buffer[:size], self._buffer[size:]
            self._handle(frame)

    def _handle(self, frame: bytes) -> None:
        if self._server.fault is Fault.HANGS_UP:
            self.drop()
            return
        reply = self._server.answer(frame)
        if reply is None or self._transport is None:
            return
        if self._server.fault is Fault.SLOW:
            self._timers.add(asyncio.get_running_loop().call_later(self._server.delay_s, self._transport.write, reply))
        else:
            self._transport.write(reply)
