"""Finding the models: bases, units, chains without an end, and large blocks that change while they are read."""

import struct
from collections.abc import AsyncGenerator, Sequence

import pytest

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.drivers.sunspec.chain import MOST_MODELS, Block, Restless, block_layout, find_chain, read_block, walk
from backend.drivers.sunspec.line import Line
from backend.simulation.modbus import Dump, Fault, ModbusServer, Registers
from backend.simulation.sunspec import PseudoDevice, PseudoModel, plate, pseudo_inverter


@pytest.fixture
async def server() -> AsyncGenerator[ModbusServer]:
    async with pseudo_inverter("A1").serve() as server:
        yield server


@pytest.fixture
async def line(server: ModbusServer) -> AsyncGenerator[Line]:
    line = Line("127.0.0.1", server.port, 0.1)
    yield line
    await line.close()


async def chain_of(line: Line) -> list[Block]:
    return await walk(line, await find_chain(line, (1,)))


def words(*numbers: int) -> Dump:
    marker = [0x5375, 0x6E53]
    return Dump(dict(enumerate([*marker, *numbers], 40000)))


@pytest.mark.parametrize("base", [40000, 50000, 0])
async def test_the_marker_is_found_at_every_base(line: Line, server: ModbusServer, base: int) -> None:
    server.registers = PseudoDevice([plate("A1")], base)
    assert [(block.model, block.address) for block in await chain_of(line)] == [(1, base + 2)]


async def test_any_unit_is_found(line: Line, server: ModbusServer) -> None:
    server.units = (126,)
    assert await find_chain(line, (1, 126, 2)) == 40002
    assert line.unit == 126


async def test_another_kind_of_device_is_a_mistake_of_the_settings(line: Line, server: ModbusServer) -> None:
    server.registers = Dump(dict.fromkeys(range(65536), 7))
    with pytest.raises(DeviceMisconfigured):
        await find_chain(line, (1,))
    server.registers = Dump({})
    with pytest.raises(DeviceMisconfigured):
        await find_chain(line, (1,))


async def test_nobody_at_this_unit_is_unreachable(line: Line, server: ModbusServer) -> None:
    server.units = (9,)
    with pytest.raises(DeviceUnreachable):
        await find_chain(line, (1, 2))


async def test_silence_at_every_unit_ends(line: Line, server: ModbusServer) -> None:
    server.fault = Fault.SILENT
    with pytest.raises(DeviceUnreachable):
        await find_chain(line, (1, 126, 2))


@pytest.mark.parametrize(
    ("tail", "models"),
    [
        ([0xFFFF, 0], [101]),
        ([0xFFFF], [101]),
        ([], [101]),
        ([0, 0, 0, 0, 0, 0], [101]),
        ([64999, 0, 65000, 2, 1, 2, 0xFFFF, 0], [101, 64999, 65000]),
        ([64999, 500, 1], [101, 64999]),
        ([101, 0xFFF0, 1], [101]),
        ([101, 1, 5, 0xFFFF, 0], [101, 101]),
    ],
)
async def test_chains_that_end_somehow(line: Line, server: ModbusServer, tail: Sequence[int], models: Sequence[int]) -> None:
    server.registers = words(101, 2, 8, 9, *tail)
    blocks = await chain_of(line)
    assert [block.model for block in blocks] == models
    assert len({(block.model, block.instance) for block in blocks}) == len(blocks)


async def test_a_device_that_is_silent_beyond_its_end(line: Line, server: ModbusServer) -> None:
    server.registers = words(101, 2, 8, 9)
    server.mangle = lambda reply: b"" if reply[7] & 0x80 else reply
    assert [block.model for block in await chain_of(line)] == [101]


async def test_a_device_that_falls_silent_in_its_chain_is_unreachable(line: Line, server: ModbusServer) -> None:
    server.registers = words(101, 2, 8, 9, 102, 0, 0xFFFF, 0)
    start = await find_chain(line, (1,))
    asked = server.requests
    server.mangle = lambda reply: b"" if server.requests > asked + 1 else reply
    with pytest.raises(DeviceUnreachable):
        await walk(line, start)


async def test_a_device_that_falls_asleep_in_its_chain_is_not_taken_for_a_shorter_one(line: Line, server: ModbusServer) -> None:
    server.registers = words(101, 2, 8, 9, 102, 0, 0xFFFF, 0)
    start = await find_chain(line, (1,))
    asked = server.requests
    server.mangle = lambda reply: reply[:9] + b"\xff" * len(reply[9:]) if server.requests > asked + 1 else reply
    with pytest.raises(DeviceUnreachable):
        await walk(line, start)


async def test_models_of_no_length_end_in_time(line: Line, server: ModbusServer) -> None:
    server.registers = words(*[200, 0] * 2000)
    assert len(await chain_of(line)) == MOST_MODELS


class Flickering:
    """A device whose scale factors change while it is read: the first ``times`` reads of them differ."""

    def __init__(self, inner: PseudoDevice, model: PseudoModel, times: int) -> None:
        self.inner, self.model, self.times = inner, model, times

    def read(self, address: int, count: int) -> bytes | None:
        found = self.inner.read(address, count)
        if address == 40002 + 68 and self.times:
            self.times -= 1
            self.model.put_raw("DCW_SF", -(self.times % 2))
        return found


def large_block() -> tuple[PseudoDevice, PseudoModel]:
    model = PseudoModel(160, {"DCA_SF": -2, "DCV_SF": -1, "DCW_SF": 0, "DCWH_SF": 0, "N": 9}, 9)
    for index in range(9):
        model.put(f"module[{index}].DCW", 100 + index)
    return PseudoDevice([plate("A1"), model]), model


async def read_large(line: Line, registers: Registers, server: ModbusServer) -> tuple[Block, bytes]:
    server.registers = registers
    block = (await chain_of(line))[1]
    places = await block_layout(line, block)
    assert places is not None
    return block, await read_block(line, block, places)


async def test_a_large_block_is_read_in_pieces(line: Line, server: ModbusServer) -> None:
    device, model = large_block()
    block, data = await read_large(line, device, server)
    assert block.words == 190
    assert data == bytes(model.data)


async def test_scale_factors_that_changed_meanwhile_are_read_again(line: Line, server: ModbusServer) -> None:
    device, model = large_block()
    block, data = await read_large(line, Flickering(device, model, 1), server)
    assert data == bytes(model.data)
    assert len(data) == 2 * block.words


async def test_scale_factors_that_never_hold_still_are_no_reading(line: Line, server: ModbusServer) -> None:
    device, model = large_block()
    with pytest.raises(Restless):
        await read_large(line, Flickering(device, model, 99), server)


async def test_what_the_device_refuses_ends_the_block(line: Line, server: ModbusServer) -> None:
    server.registers = words(103, 50, *range(20))
    block = (await chain_of(line))[0]
    places = await block_layout(line, block)
    assert places is not None
    data = await read_block(line, block, places)
    assert data == struct.pack(">22H", 103, 50, *range(20))
