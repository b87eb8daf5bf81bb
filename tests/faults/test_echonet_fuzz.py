"""Whatever comes to the ECHONET Lite port: nothing escapes, nothing hangs, and a good question afterwards is answered.

Long form: ``pytest tests/faults/test_echonet_fuzz.py --n 100000``.
"""

import asyncio
import random
import time
from collections.abc import Sequence

import pytest

from backend.drivers.contract import DeviceError, Report
from backend.drivers.echonet.frame import CONTROLLER, Eoj, Esv, Frame, Property
from backend.drivers.echonet.session import EchonetSession
from backend.simulation.echonet import Fault, PseudoCharger, PseudoMeter, PseudoNode, pseudo_pv, pseudo_storage
from tests.support.clock import FakeClock
from tests.support.echonet import RECORDED, TIMEOUT_S, device, driver, recorded_frames

THINGS = ("0279:1", "027D:1", "0288:1", "02A1:1")
LONGEST_S = 1.0
BETWEEN = 500
"""After so many inputs a good question is asked."""


def real_frames() -> list[bytes]:
    """Those recorded, or made-up ones of the same kinds where there are none."""
    if RECORDED.exists():
        return [data for _, data in recorded_frames()]
    told = (Property(0xE0, b"\x0d\xac"), Property(0x9F, bytes.fromhex("227d791d5b084001024301010001030202")))
    return [Frame(1, Eoj(0x0279, 1), CONTROLLER, esv, told).encode() for esv in Esv if esv not in (0x5E, 0x6E, 0x7E)]


class Spoiler:
    """Makes inputs from real frames: bytes changed, cut, repeated, joined, counts and lengths that lie, or nothing but noise."""

    def __init__(self, seed: int, frames: Sequence[bytes]) -> None:
        self.chance = random.Random(seed)
        self._frames = frames

    def spoilt(self, tid: int) -> bytes:
        """One input; half of them carry the number of the request that waits, so that they are taken for its answer."""
        chance, data = self.chance, bytearray(self.chance.choice(self._frames))
        if chance.random() < 0.05:
            return chance.randbytes(chance.randint(0, 1472))
        for _ in range(chance.randint(0, 4)):
            self._harm(data)
        if len(data) > 4 and chance.random() < 0.5:
            data[2:4] = tid.to_bytes(2)
        if len(data) > 11 and chance.random() < 0.3:
            data[4:7], data[7:10] = bytes(Eoj(int(chance.choice(THINGS)[:4], 16), 1)), bytes(CONTROLLER)
            data[10] = chance.choice((0x72, 0x72, 0x52, 0x73, 0x74, 0x71, 0x51))
        return bytes(data)

    def _harm(self, data: bytearray) -> None:
        chance = self.chance
        at = chance.randrange(len(data)) if data else 0
        match chance.randrange(5):
            case 0 if data:
                data[at] = chance.randrange(256)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 40))
            case 3:
                data += chance.choice(self._frames)[12:]
            case _ if data:
                data[min(11, len(data) - 1)] = chance.randrange(256)
            case _:
                pass


class Hostile(PseudoNode):
    """Answers some questions with spoilt frames, and pours others in besides."""

    spoiler: Spoiler | None = None

    def received(self, data: bytes, source: tuple[str, int]) -> None:
        if self.spoiler is not None and self.spoiler.chance.random() < 0.7:
            self._send(self.spoiler.spoilt(int.from_bytes(data[2:4])), source)
            if self.spoiler.chance.random() < 0.5:
                return
        super().received(data, source)


async def test_spoilt_frames_hurt_nothing(times: int | None, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    wanted = times or 3000
    escaped: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    spoiler, clock, use = Spoiler(seed, real_frames()), FakeClock(), driver()
    node = Hostile(pseudo_pv("P1", 3500, 28), pseudo_storage("S1", 800), PseudoMeter("M1"), PseudoCharger("C1", b"VIN"))
    heard: list[Report] = []
    longest_s = 0.0
    async with node:
        open_ones: list[EchonetSession] = []
        for thing in THINGS:
            opened = await use.open(device(node, thing), clock)
            opened.announce_to(heard.append)
            open_ones.append(opened)
        for number in range(wanted):
            began = time.perf_counter()
            use.endpoint.received(spoiler.spoilt(use.endpoint._tid), ("127.0.0.1", node.port))
            longest_s = max(longest_s, time.perf_counter() - began)
            if number % BETWEEN == 0:
                await answers_well(open_ones)
        await answers_well(open_ones)
        node.spoiler = spoiler
        for number in range(max(20, wanted // 1000)):
            opened = open_ones[number % len(open_ones)]
            await survives(opened)
        node.spoiler = None
        await answers_well(open_ones)
        for opened in open_ones:
            await opened.close()
    assert escaped == []
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
    assert longest_s < LONGEST_S
    assert not any(reading.value is not None and reading.quality.is_bad for report in heard for reading in report.readings)


async def survives(opened: EchonetSession) -> None:
    """A poll of a node that lies ends in time: with a report, or as a device's error."""
    try:
        async with asyncio.timeout(5 * TIMEOUT_S + LONGEST_S):
            await opened.poll()
    except DeviceError:
        return


async def answers_well(open_ones: Sequence[EchonetSession]) -> None:
    """Every object answers a good question within a second; a look at another nameplate may come between."""
    for opened in open_ones:
        opened._restarted = False
        async with asyncio.timeout(LONGEST_S):
            report = await opened.poll()
        assert any(reading.value is not None for reading in report.readings)


async def test_a_node_may_be_silent_mad_or_unwilling_while_it_is_opened(seed: int) -> None:
    node, use = Hostile(pseudo_pv("P1", 3500, 28)), driver()
    async with node:
        for number in range(12):
            node.spoiler = Spoiler(seed + number, real_frames())
            node.fault = random.Random(seed + number).choice(list(Fault))
            try:
                async with asyncio.timeout(10 * TIMEOUT_S + LONGEST_S):
                    opened = await use.open(device(node, "0279:1"), FakeClock())
                    await opened.close()
            except DeviceError:
                continue
        node.spoiler, node.fault = None, Fault.NONE
        opened = await use.open(device(node, "0279:1"), FakeClock())
        await answers_well([opened])
        await opened.close()
    assert use.endpoint.users == 0
