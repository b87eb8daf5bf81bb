"""Well-formed answers full of nonsense: mutated and random registers raise nothing but ``DeviceError``, and end in time."""

import random
import time
from contextlib import suppress

import pytest

from backend.drivers.contract import DeviceError
from backend.drivers.sunspec.driver import SunSpecDriver
from backend.model.device import Device, DeviceKind
from backend.simulation.modbus import Dump, ModbusServer
from backend.simulation.sunspec import PseudoDevice, PseudoModel, plate, pseudo_inverter, pseudo_meter, pseudo_station
from tests.support.clock import FakeClock

HEADERS = [1, 101, 103, 113, 160, 203, 302, 303, 307, 308, 701, 705, 707, 802, 803, 64410, 0, 0xFFFF, 9999]


def healthy() -> list[PseudoDevice]:
    der = PseudoModel(701, {"W_SF": 0, "W": 100, "InvSt": 3})
    curves = PseudoModel(707, {"NPt": 2, "NCrvSet": 2})
    return [pseudo_inverter("A1", strings=9), pseudo_meter("M1"), pseudo_station("W1"), PseudoDevice([plate("D1"), der, curves])]


def words_of(device: PseudoDevice) -> dict[int, int]:
    words: dict[int, int] = {}
    while word := device.read(40000 + len(words), 1):
        words[40000 + len(words)] = int.from_bytes(word)
    return words


def mutated(chance: random.Random) -> Dump:
    """A healthy device with some registers turned into anything."""
    words = words_of(chance.choice(healthy()))
    for _ in range(chance.choice([1, 3, 30, 300])):
        address = chance.choice(list(words)[2:])
        words[address] = chance.choice([0, 1, 0x7FFF, 0x8000, 0xFFFF, chance.getrandbits(16), chance.choice(HEADERS)])
    for _ in range(chance.choice([0, 0, 1])):
        del words[chance.choice(list(words)[2:])]
    return Dump(words)


def invented(chance: random.Random) -> Dump:
    """A marker and then a chain of anything."""
    words = [0x5375, 0x6E53]
    for _ in range(chance.randint(0, 6)):
        length = chance.choice([0, 1, 2, 50, 66, 124, 400, chance.randint(0, 700)])
        words += [chance.choice(HEADERS), length, *(chance.getrandbits(16) for _ in range(length))]
    return Dump(dict(enumerate(words, 40000)))


@pytest.mark.parametrize("make", [mutated, invented])
@pytest.mark.parametrize("kind", [DeviceKind.INVERTER, DeviceKind.METER, DeviceKind.SENSOR, DeviceKind.BATTERY])
async def test_nonsense_in_registers(make: type, kind: DeviceKind) -> None:
    clock = FakeClock()
    driver = SunSpecDriver()
    async with ModbusServer(Dump({})) as server:
        device = Device("a/b", "a", kind, {}, f"sunspec://127.0.0.1:{server.port}?timeout=1")
        for seed in range(60):
            server.registers = make(random.Random(f"{make.__name__}/{kind}/{seed}"))
            began = time.monotonic()
            with suppress(DeviceError):
                session = await driver.open(device, clock)
                try:
                    with suppress(DeviceError):
                        report = await session.poll()
                        assert all((reading.value is None) == reading.quality.is_bad for reading in report.readings)
                    await session.inspect()
                finally:
                    await session.close()
            assert time.monotonic() - began < 5, seed
