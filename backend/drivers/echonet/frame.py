"""Frames of ECHONET Lite: bytes to fields and back (specification 1.14, part 2, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple, Self

_HEAD: Final = b"\x10\x81"
_FIXED: Final = 12
LONGEST: Final = 1472
"""More does not go into one UDP datagram on an Ethernet."""


class FrameError(ValueError):
    """Bytes that are no frame."""


class Eoj(NamedTuple):
    """An object of a node: what it is and which one of its kind."""

    code: int
    """Class group and class, such as 0x0279."""
    instance: int
    """From 1; 0 asks all of a class."""

    def __str__(self) -> str:
        return f"{self.code:04X}:{self.instance}"

    def __bytes__(self) -> bytes:
        return self.code.to_bytes(2) + self.instance.to_bytes(1)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """From its three bytes."""
        return cls(int.from_bytes(data[:2]), data[2])

    def covers(self, other: "Eoj") -> bool:
        """Whether a request to this object may be answered by the other."""
        return self.code == other.code and self.instance in (0, other.instance)


NODE_PROFILE: Final = Eoj(0x0EF0, 1)
CONTROLLER: Final = Eoj(0x05FF, 1)
"""What we are."""


class Esv(IntEnum):
    """What a frame wants or tells."""

    SETI_SNA = 0x50
    SETC_SNA = 0x51
    GET_SNA = 0x52
    INF_SNA = 0x53
    SETGET_SNA = 0x5E
    SETI = 0x60
    SETC = 0x61
    GET = 0x62
    INF_REQ = 0x63
    SETGET = 0x6E
    SET_RES = 0x71
    GET_RES = 0x72
    INF = 0x73
    INFC = 0x74
    INFC_RES = 0x7A
    SETGET_RES = 0x7E


_TWICE: Final = (Esv.SETGET, Esv.SETGET_RES, Esv.SETGET_SNA)
"""Frames with a second list of properties."""


class Property(NamedTuple):
    """One property of an object and what it says; empty in requests, and where there is no answer."""

    epc: int
    edt: bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    """One datagram."""

    tid: int
    """Tells which request is answered."""
    seoj: Eoj
    deoj: Eoj
    esv: Esv
    properties: tuple[Property, ...]

    def encode(self) -> bytes:
        """As bytes. Raises ``FrameError`` for more than a frame can hold."""
        if len(self.properties) > 255 or any(len(each.edt) > 255 for each in self.properties):
            raise FrameError("more than a frame can hold")
        body = b"".join(bytes((each.epc, len(each.edt))) + each.edt for each in self.properties)
        head = _HEAD + self.tid.to_bytes(2) + bytes(self.seoj) + bytes(self.deoj)
        return head + bytes((self.esv, len(self.properties))) + body

    @property
    def values(self) -> dict[int, bytes]:
        """What it really says, by EPC; an object that says one twice means the first."""
        found: dict[int, bytes] = {}
        for epc, edt in self.properties:
            if edt:
                found.setdefault(epc, edt)
        return found


def decode(data: bytes) -> Frame:
    """One frame; what stands behind it is padding. Raises ``FrameError``."""
    if len(data) < _FIXED or data[:2] != _HEAD:
        raise FrameError("no ECHONET Lite frame")
    try:
        esv = Esv(data[10])
    except ValueError as error:
        raise FrameError(f"unknown service {data[10]:02X}") from error
    properties, at = _properties(data, 11)
    if esv in _TWICE:
        more, _ = _properties(data, at)
        properties += more
    return Frame(int.from_bytes(data[2:4]), Eoj.of(data[4:7]), Eoj.of(data[7:10]), esv, tuple(properties))


def _properties(data: bytes, at: int) -> tuple[list[Property], int]:
    found: list[Property] = []
    try:
        count, at = data[at], at + 1
        for _ in range(count):
            epc, length = data[at], data[at + 1]
            edt = data[at + 2 : at + 2 + length]
            if len(edt) != length:
                raise IndexError
            found.append(Property(epc, edt))
            at += 2 + length
    except IndexError as error:
        raise FrameError("cut off") from error
    return found, at


def request(tid: int, deoj: Eoj, esv: Esv, properties: Sequence[Property]) -> Frame:
    """A frame of ours."""
    return Frame(tid, CONTROLLER, deoj, esv, tuple(properties))
