"""One Modbus TCP connection, guarded: whatever the other side sends, only ``DeviceError`` comes out, and in time."""

import asyncio
import logging
import struct
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.transaction import TransactionManager

from backend.drivers.contract import DeviceError, DeviceGarbled, DeviceUnreachable

LONGEST_FRAME: Final = 260
_REFUSALS: Final = frozenset({ExcCodes.ILLEGAL_FUNCTION, ExcCodes.ILLEGAL_ADDRESS, ExcCodes.ILLEGAL_VALUE})

# The library logs every hiccup as an error; the collector reports a device's state once per edge.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class Refused(DeviceError):
    """The device is there and says that it does not give these registers."""


class Line:
    """Reads registers of one unit. Reconnects when the device closed an idle connection, once per request."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._client: _Client | None = None
        self.unit = 1
        self.connections = 0
        """How often a connection was made; a change means that the device may have been restarted or replaced."""

    async def connect(self) -> None:
        """Open the connection unless it stands. Raises ``DeviceUnreachable``."""
        if self._client and self._client.connected:
            return
        await self.close()
        self._client = _Client(self._host, self._port, self._timeout_s)
        try:
            connected = await self._client.connect()
        except (OSError, UnicodeError) as error:
            raise DeviceUnreachable(str(error)) from error
        _honour_cancellation()
        if not connected:
            raise DeviceUnreachable(f"no connection to {self._host}:{self._port}")
        self.connections += 1

    async def read(self, address: int, count: int) -> bytes:
        """Holding registers as they stand on the wire. Raises ``Refused`` or another ``DeviceError``."""
        fresh = self._client is None or not self._client.connected
        await self.connect()
        try:
            return await self._ask(address, count)
        except _ClosedByDeviceError:
            if fresh:
                raise
        await self.connect()
        return await self._ask(address, count)

    async def _ask(self, address: int, count: int) -> bytes:
        try:
            return await self._exchange(address, count)
        finally:
            _honour_cancellation()

    async def _exchange(self, address: int, count: int) -> bytes:
        if self._client is None:
            raise DeviceUnreachable("not connected")
        try:
            answer = await self._client.read_holding_registers(address, count=count, device_id=self.unit)
        except DeviceError:
            await self.close()
            raise
        except (ConnectionException, OSError) as error:
            raise DeviceUnreachable(str(error)) from error
        except ModbusException as error:
            # An answer that comes after its time must not be taken for the next one's.
            await self.close()
            raise DeviceUnreachable(f"no answer within {self._timeout_s} s") from error
        except (struct.error, ValueError, IndexError, TypeError) as error:
            await self.close()
            raise DeviceGarbled(f"malformed answer: {error}") from error
        if isinstance(answer, ExceptionResponse):
            raise _refusal(answer.exception_code)
        if answer.function_code != 3 or len(answer.registers) != count:
            await self.close()
            raise DeviceGarbled(f"asked for {count} registers, got {len(answer.registers)} by function {answer.function_code}")
        return struct.pack(f">{count}H", *answer.registers)

    async def close(self) -> None:
        """Drop the connection at once, without waiting for the other side."""
        client, self._client = self._client, None
        if client is not None:
            client.abort()
            await asyncio.sleep(0)


def _honour_cancellation() -> None:
    """The library waits with ``wait_for``, which on Python 3.11 forgets a cancellation that comes together with the answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _refusal(code: int) -> DeviceError:
    if code in _REFUSALS:
        return Refused(f"refused with Modbus exception {code}")
    return DeviceUnreachable(f"Modbus exception {code}")


class _ClosedByDeviceError(DeviceUnreachable):
    """The connection broke under a request."""


class _Guard(TransactionManager):
    """The library's connection, with faults handed to whoever waits instead of to the event loop's log."""

    response_future: asyncio.Future[ModbusPDU]

    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        try:
            _check_frame(data)
            return super().callback_data(data, addr)  # pyright: ignore[reportUnknownMemberType] (a bare tuple there)
        except (ModbusException, DeviceGarbled, struct.error, ValueError, IndexError, TypeError) as error:
            self._fail(DeviceGarbled(f"malformed answer: {error}"))
            return len(data)

    def callback_disconnected(self, exc: Exception | None) -> None:
        self._fail(_ClosedByDeviceError("the device closed the connection"))

    def _fail(self, error: DeviceError) -> None:
        if not self.response_future.done():
            self.response_future.set_exception(error)
            # Marks the error as seen where nobody waits.
            self.response_future.exception()


class _Client(AsyncModbusTcpClient):
    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        super().__init__(host, port=port, timeout=timeout_s, retries=0, reconnect_delay=0)
        self.ctx: TransactionManager = _Guard(self.comm_params, FramerSocket(DecodePDU(False)), 0, False, None, None, None)
        # Larger than any frame: longer garbage shall reach the check instead of being dropped in silence.
        self.ctx.max_buffer_size = 1 << 20

    def abort(self) -> None:
        """Close without flushing, which a dead peer would hold up."""
        transport = self.ctx.transport
        self.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


def _check_frame(data: bytes) -> None:
    """Refuse early what the library would wait on until the time-out: no Modbus header, impossible length."""
    if data[2:4] not in (b"", b"\0", b"\0\0"):
        raise DeviceGarbled("not a Modbus TCP frame")
    if len(data) >= 6 and not 3 <= int.from_bytes(data[4:6]) <= LONGEST_FRAME - 6:
        raise DeviceGarbled("impossible length in the header")
