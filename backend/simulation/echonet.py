"""A pseudo ECHONET Lite node on real UDP: objects with properties that can be set from outside, and faults on demand."""

import asyncio
import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self, cast

from backend.drivers.echonet.frame import NODE_PROFILE, Eoj, Esv, Frame, FrameError, Property, decode
from backend.drivers.echonet.maps import write_instances, write_map

CONTROLLERS: Final = Eoj(0x05FF, 1)
_MAKER: Final = b"\xff\xff\xfe"


class Fault(StrEnum):
    """How a node misbehaves until told otherwise."""

    NONE = "none"
    SILENT = "silent"
    """Hears requests and never answers."""
    GARBAGE = "garbage"
    """Answers with bytes that are no ECHONET Lite."""
    REFUSES = "refuses"
    """Answers every request with nothing but refusals."""


class PseudoObject:
    """One object; properties are bytes as on the wire."""

    def __init__(self, eoj: Eoj, serial: str, properties: Mapping[int, bytes], settable: tuple[int, ...] = ()) -> None:
        self.eoj = eoj
        common = {
            0x80: b"\x30",
            0x81: b"\0",
            0x82: b"\0\0R\x01",
            0x83: b"\xfe" + _MAKER + serial.encode()[:13].rjust(13, b"\0"),
            0x88: b"\x42",
            0x89: b"\0\0",
            0x8A: _MAKER,
            0x8C: b"PSEUDO".ljust(12),
            0x8D: serial.encode()[:12].ljust(12),
        }
        self.properties: dict[int, bytes] = {**common, **properties}
        self.settable = set(settable)
        self.unlisted: set[int] = set()
        """Answered although no map lists them."""
        self.mute: set[int] = set()
        """Listed, but never answered."""
        self.asked: list[int] = []
        """EPCs that were asked for, in order."""

    def replace_serial(self, serial: str) -> None:
        """Another object of the same kind takes its place."""
        self.properties[0x8D] = serial.encode()[:12].ljust(12)
        self.properties[0x83] = b"\xfe" + _MAKER + serial.encode()[:13].rjust(13, b"\0")

    def get(self, epc: int) -> bytes:
        """What it answers; empty where it refuses."""
        self.asked.append(epc)
        if epc in self.mute:
            return b""
        match epc:
            case 0x9D:
                return write_map((0x80, 0x88))
            case 0x9E:
                return write_map(self.settable)
            case 0x9F:
                return write_map((*(self.properties.keys() - self.unlisted), *self.mute, 0x9D, 0x9E, 0x9F))
            case _:
                return self.properties.get(epc, b"")

    def set(self, epc: int, edt: bytes) -> bool:
        """False where that is not allowed."""
        if epc not in self.settable:
            return False
        self.properties[epc] = edt
        return True


class PseudoNode:
    """One UDP port with a node profile and its objects. Use as an async context manager."""

    def __init__(self, *objects: PseudoObject, host: str = "127.0.0.1", port: int = 0) -> None:
        self.objects = {each.eoj: each for each in objects}
        self.host, self.port = host, port
        self.fault = Fault.NONE
        self.most = 255
        """So many properties fit into one answer; the rest is refused."""
        self.drops_above = 255
        """Requests for more properties than this are passed over in silence."""
        self.answers_from_elsewhere = False
        """Whether answers leave by another port than that which listens."""
        self.requests = 0
        self.chance = random.Random(7)
        self._transport: asyncio.DatagramTransport | None = None
        self._elsewhere: asyncio.DatagramTransport | None = None
        self._profile = self._own_profile()

    async def start(self) -> None:
        """Listen; the port stays the same over restarts once it is known."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Port(self), local_addr=(self.host, self.port))
        self._elsewhere, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(self.host, 0))
        self.port = cast("tuple[str, int]", self._transport.get_extra_info("sockname"))[1]

    async def stop(self) -> None:
        """Vanish."""
        for transport in (self._transport, self._elsewhere):
            if transport is not None:
                transport.abort()
        self._transport = self._elsewhere = None
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def announce(self, to: tuple[str, int], eoj: Eoj, *epcs: int, confirmed: bool = False) -> None:
        """Tell somebody of these properties unasked."""
        holder = self._profile if eoj == NODE_PROFILE else self.objects[eoj]
        told = tuple(Property(epc, holder.properties[epc]) for epc in epcs)
        self._send(Frame(0, eoj, CONTROLLERS, Esv.INFC if confirmed else Esv.INF, told).encode(), to)

    def received(self, data: bytes, source: tuple[str, int]) -> None:
        """Answer one datagram, or do as the fault says."""
        self.requests += 1
        if self.fault is Fault.SILENT:
            return
        if self.fault is Fault.GARBAGE:
            self._send(self.chance.randbytes(self.chance.randint(1, 300)), source)
            return
        try:
            frame = decode(data)
        except FrameError:
            return
        if len(frame.properties) > self.drops_above:
            return
        for each in (self._profile, *self.objects.values()):
            if frame.deoj.covers(each.eoj) and (answer := self._answer(frame, each)) is not None:
                self._send(answer.encode(), source)

    def _answer(self, frame: Frame, each: PseudoObject) -> Frame | None:
        match frame.esv:
            case Esv.GET | Esv.INF_REQ:
                said = tuple(
                    Property(wanted.epc, each.get(wanted.epc) if index < self.most and self.fault is not Fault.REFUSES else b"")
                    for index, wanted in enumerate(frame.properties)
                )
                whole = all(prop.edt for prop in said)
                good, partial = (Esv.GET_RES, Esv.GET_SNA) if frame.esv is Esv.GET else (Esv.INF, Esv.INF_SNA)
                return Frame(frame.tid, each.eoj, frame.seoj, good if whole else partial, said)
            case Esv.SETC:
                refused = [prop for prop in frame.properties if self.fault is Fault.REFUSES or not each.set(*prop)]
                told = tuple(prop if prop in refused else Property(prop.epc) for prop in frame.properties)
                return Frame(frame.tid, each.eoj, frame.seoj, Esv.SETC_SNA if refused else Esv.SET_RES, told)
            case _:
                return None

    def _send(self, data: bytes, to: tuple[str, int]) -> None:
        transport = self._elsewhere if self.answers_from_elsewhere else self._transport
        if transport is not None:
            transport.sendto(data, to)

    def _own_profile(self) -> PseudoObject:
        listed = write_instances(self.objects)
        classes = sorted({eoj.code for eoj in self.objects})
        profile = {
            0x82: b"\x01\x0e\x01\0",
            0xD3: len(self.objects).to_bytes(3),
            0xD4: (len(classes) + 1).to_bytes(2),
            0xD5: listed,
            0xD6: listed,
            0xD7: bytes((len(classes),)) + b"".join(code.to_bytes(2) for code in classes),
        }
        return PseudoObject(NODE_PROFILE, "NODE", profile)


class _Port(asyncio.DatagramProtocol):
    def __init__(self, node: PseudoNode) -> None:
        self._node = node

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._node.received(data, (addr[0], addr[1]))


def pseudo_pv(serial: str, power_w: int = 0, energy_wh: int = 0, instance: int = 1) -> PseudoObject:
    """A household generator."""
    told = {0xE0: power_w.to_bytes(2), 0xE1: energy_wh.to_bytes(4), 0xD0: b"\0", 0xD1: b"\x44"}
    return PseudoObject(Eoj(0x0279, instance), serial, told)


def pseudo_storage(serial: str, discharge_w: int = 0, soc: int = 50) -> PseudoObject:
    """A storage battery; discharging is + here and - on the wire."""
    told = {
        0xCF: b"\x43" if discharge_w > 0 else b"\x42" if discharge_w < 0 else b"\x44",
        0xD3: (-discharge_w).to_bytes(4, signed=True),
        0xD6: (17_580).to_bytes(4),
        0xD8: (35_816).to_bytes(4),
        0xE2: (5_000).to_bytes(4),
        0xE4: bytes((soc,)),
    }
    return PseudoObject(Eoj(0x027D, 1), serial, told)


def pseudo_sensor(serial: str, code: int, reading: bytes) -> PseudoObject:
    """A sensor with one measured value, as on the wire: class 0011 for temperature, 0012 for humidity …"""
    return PseudoObject(Eoj(code, 1), serial, {0xE0: reading})


class PseudoMeter(PseudoObject):
    """A low-voltage smart meter whose registers are functions of its own time, so that its log agrees with them."""

    def __init__(self, serial: str, unit: int = 1) -> None:
        told = {0xD3: (1).to_bytes(4), 0xD7: b"\x06", 0xE1: bytes((unit,)), 0xE5: b"\0", 0xE8: bytes.fromhex("00647ffe")}
        super().__init__(Eoj(0x0288, 1), serial, told, settable=(0xE5,))
        self.put(0, 0, 0)
        self.log: dict[int, list[int | None]] = {}
        """48 counts of a day by days back, None where the meter has none."""
        self.reverse_log: dict[int, list[int | None]] = {}
        for epc in (0xE2, 0xE4):
            self.properties[epc] = b"\0"

    def put(self, power_w: int, imported: int, exported: int) -> None:
        """Power from the grid in W, and both registers in counts."""
        self.properties[0xE7] = power_w.to_bytes(4, signed=True)
        self.properties[0xE0], self.properties[0xE3] = imported.to_bytes(4), exported.to_bytes(4)

    def get(self, epc: int) -> bytes:
        """Logs are made when they are asked for, of the day that was chosen."""
        if epc not in (0xE2, 0xE4) or epc in self.mute:
            return super().get(epc)
        self.asked.append(epc)
        back = self.properties[0xE5][0]
        counts = (self.log if epc == 0xE2 else self.reverse_log).get(back, [None] * 48)
        return back.to_bytes(2) + b"".join((0xFFFFFFFE if count is None else count).to_bytes(4) for count in counts)


class PseudoCharger(PseudoObject):
    """A charger for one car."""

    def __init__(self, serial: str, vehicle: bytes = b"") -> None:
        told = {0xC5: (6_000).to_bytes(4), 0xE6: bytes((len(vehicle),)) + vehicle}
        super().__init__(Eoj(0x02A1, 1), serial, told)
        self.put(plugged=False, power_w=0, energy_wh=0)

    def put(self, *, plugged: bool, power_w: int, energy_wh: int) -> None:
        """Whether a car is there, and what it takes."""
        charging = plugged and power_w > 0
        self.properties |= {
            0xC7: b"\x41" if plugged else b"\x30",
            0xDA: b"\x42" if charging else b"\x44",
            0xD3: power_w.to_bytes(4),
            0xD8: energy_wh.to_bytes(4),
        }
