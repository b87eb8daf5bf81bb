"""Pseudo devices: what is set is what is served, and faults can be switched on and off."""

import asyncio
import struct

import pytest

from backend.drivers.sunspec.definitions import PointDefinition
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.sunspec import PseudoDevice, PseudoModel, encode, plate, pseudo_inverter

ASK = struct.pack(">HHHBBHH", 7, 0, 6, 1, 3, 40000, 2)


async def ask(server: ModbusServer, request: bytes = ASK, size: int = 13) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request)
        async with asyncio.timeout(2):
            return await reader.readexactly(size)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_request_is_answered_as_modbus_says() -> None:
    async with pseudo_inverter("A1").serve() as server:
        assert await ask(server) == struct.pack(">HHHBBB4s", 7, 0, 7, 1, 3, 4, b"SunS")
        unknown = await ask(server, ASK[:6] + b"\x09" + ASK[7:], 9)
        assert unknown[-2:] == bytes((0x83, 11))
        far = await ask(server, ASK[:8] + struct.pack(">HH", 0, 2), 9)
        assert far[-2:] == bytes((0x83, 2))
        greedy = await ask(server, ASK[:8] + struct.pack(">HH", 40000, 126), 9)
        assert greedy[-2:] == bytes((0x83, 3))


async def test_faults_come_and_go() -> None:
    async with pseudo_inverter("A1").serve() as server:
        server.fault = Fault.SENTINELS
        assert (await ask(server))[-4:] == b"\xff" * 4
        server.fault = Fault.HANGS_UP
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await ask(server)
        server.fault, server.delay_s = Fault.SLOW, 0.01
        assert (await ask(server))[-4:] == b"SunS"
        server.fault = Fault.NONE
        assert (await ask(server))[-4:] == b"SunS"


async def test_the_port_stays_over_a_restart() -> None:
    server = pseudo_inverter("A1").serve()
    await server.start()
    port = server.port
    await server.stop()
    await server.start()
    assert server.port == port
    await server.stop()


def test_values_are_set_in_their_own_unit() -> None:
    model = PseudoModel(103, {"W_SF": 1, "W": 4200, "TmpCab": None, "Hz_SF": -2, "Hz": 49.98})
    registers = {path: bytes(model.data[2 * p.offset : 2 * p.offset + 2 * p.point.words]) for path, p in model.places.items()}
    assert (registers["W"], registers["Hz"], registers["TmpCab"]) == (b"\x01\xa4", b"\x13\x86", b"\x80\x00")
    assert registers["L"] == (50).to_bytes(2)
    assert (model.get("W"), model.get("Hz")) == (4200, 49.98)


def test_registers_wrap_at_their_width() -> None:
    assert encode(PointDefinition("WH", "acc32", 2, None, "Wh"), 2**32 + 5) == b"\0\0\0\5"
    assert encode(PointDefinition("W", "int16", 1, None, "W"), -1) == b"\xff\xff"


def test_a_device_ends_where_it_ends() -> None:
    device = PseudoDevice([plate("A1")], base=0)
    assert device.read(0, 2) == b"SunS"
    assert device.read(70, 2) == b"\xff\xff\0\0"
    assert device.read(71, 2) is None


def test_only_standard_models_are_made() -> None:
    with pytest.raises(ValueError, match="60000"):
        PseudoModel(60000, {})
