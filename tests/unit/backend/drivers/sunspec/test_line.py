"""The guarded line: whatever bytes arrive, only ``DeviceError`` comes out, in time, and nothing is left open."""

import asyncio
import random
import struct
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

import pytest

from backend.drivers.contract import DeviceError, DeviceGarbled, DeviceUnreachable
from backend.drivers.sunspec.driver import SunSpecDriver
from backend.drivers.sunspec.line import Line, Refused
from backend.model.device import Device, DeviceKind
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.sunspec import pseudo_inverter
from tests.support.clock import FakeClock

TIMEOUT_S = 0.15


@pytest.fixture
async def server() -> AsyncGenerator[ModbusServer]:
    escaped: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    async with pseudo_inverter("A1").serve() as server:
        yield server
    assert escaped == []


@pytest.fixture
async def line(server: ModbusServer) -> AsyncGenerator[Line]:
    line = Line("127.0.0.1", server.port, TIMEOUT_S)
    yield line
    await line.close()


async def test_registers_as_they_stand(line: Line) -> None:
    assert await line.read(40000, 3) == b"SunS\0\1"


async def test_a_refusal_keeps_the_connection(line: Line) -> None:
    with pytest.raises(Refused):
        await line.read(39999, 1)
    await line.read(40000, 2)
    assert line.connections == 1


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SLOW, Fault.BROKEN, Fault.HANGS_UP])
async def test_what_does_not_answer_is_unreachable(line: Line, server: ModbusServer, fault: Fault) -> None:
    server.fault = fault
    began = time.monotonic()
    with pytest.raises(DeviceUnreachable):
        await line.read(40000, 2)
    assert time.monotonic() - began < TIMEOUT_S + 0.5
    server.fault = Fault.NONE
    assert await line.read(40000, 2) == b"SunS"


async def test_a_late_answer_is_not_taken_for_the_next(line: Line, server: ModbusServer) -> None:
    server.fault, server.delay_s = Fault.SLOW, TIMEOUT_S + 0.02
    with pytest.raises(DeviceUnreachable):
        await line.read(40004, 2)
    server.fault = Fault.NONE
    assert await line.read(40000, 2) == b"SunS"


async def test_fewer_registers_than_asked_for_are_garbage(line: Line, server: ModbusServer) -> None:
    server.fault = Fault.SHORT
    with pytest.raises(DeviceGarbled):
        await line.read(40000, 4)


async def test_an_idle_connection_that_was_closed_is_opened_again(line: Line, server: ModbusServer) -> None:
    await line.read(40000, 2)
    await server.stop()
    await server.start()
    assert await line.read(40000, 2) == b"SunS"
    assert line.connections == 2


async def test_a_name_that_is_no_host_is_unreachable() -> None:
    line = Line("..", 502, TIMEOUT_S)
    with pytest.raises(DeviceUnreachable):
        await line.read(0, 1)


Damage = Callable[[bytes, random.Random], bytes]


def _flip(frame: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(frame))
    return frame[:at] + bytes((frame[at] ^ 1 << chance.randrange(8),)) + frame[at + 1 :]


def _cut(frame: bytes, chance: random.Random) -> bytes:
    return frame[: chance.randrange(len(frame))]


def _grow(frame: bytes, chance: random.Random) -> bytes:
    return frame + chance.randbytes(chance.randint(1, 400))


def _relength(frame: bytes, chance: random.Random) -> bytes:
    return frame[:4] + struct.pack(">H", chance.choice([0, 1, 2, 3, 4, 260, 0xFFFF])) + frame[6:]


def _recount(frame: bytes, chance: random.Random) -> bytes:
    return frame[:8] + bytes((chance.randrange(256),)) + frame[9:]


def _refunction(frame: bytes, chance: random.Random) -> bytes:
    return frame[:7] + bytes((chance.randrange(256),)) + frame[8:]


def _retransact(frame: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(2) + frame[2:]


def _double(frame: bytes, chance: random.Random) -> bytes:
    return frame * chance.randint(2, 5)


def _exception(frame: bytes, chance: random.Random) -> bytes:
    return frame[:4] + struct.pack(">H", 2) + frame[6:7] + bytes((0x83,))


DAMAGES: tuple[Damage, ...] = (_flip, _cut, _grow, _relength, _recount, _refunction, _retransact, _double, _exception)


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damaged_answers_are_device_errors_in_time(server: ModbusServer, damage: Damage) -> None:
    chance = random.Random(damage.__name__)
    address = f"sunspec://127.0.0.1:{server.port}?timeout=0.05"
    device = Device("a/b", "a", DeviceKind.INVERTER, {}, address)
    driver = SunSpecDriver()
    for _ in range(15):
        session = await driver.open(device, FakeClock())
        server.mangle = lambda frame: damage(frame, chance) if chance.random() < 0.5 else frame
        began = time.monotonic()
        for call in (session.poll, session.inspect):
            with suppress(DeviceError):
                await call()
        with suppress(DeviceError):
            await (await driver.open(device, FakeClock())).close()
        assert time.monotonic() - began < 3 * 0.05 + 20 * 0.05 + 10 * 0.05 + 0.5
        server.mangle = None
        await session.close()
