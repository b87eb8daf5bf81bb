"""SunSpec point types: from register bytes to a raw value, or the reason why there is none.

Types and "not implemented" values follow the SunSpec Device Information Model Specification, section 4; where that leaves
room, they follow what pysunspec2 reads, so that both agree on every device.
"""

import math
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Value = int | float | str


class Absence(StrEnum):
    """Why a point has no value."""

    NOT_IMPLEMENTED = "not implemented"
    NOT_ACCUMULATED = "nothing accumulated, or not implemented"
    """The standard gives accumulators one value, 0, for both."""
    NO_SCALE = "scale factor not implemented"
    BAD_SCALE = "scale factor out of range"
    TRUNCATED = "beyond the end of the model"
    REFUSED = "the device refuses to read it"
    NOT_TEXT = "not text"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A raw value as on the wire, and what it is before scaling."""

    raw: Value | None
    value: Value | None
    absence: Absence | None = None


_INTEGERS: Final[dict[str, tuple[str, int | None]]] = {
    "int16": (">h", -(2**15)),
    "int32": (">i", -(2**31)),
    "int64": (">q", -(2**63)),
    "uint16": (">H", 2**16 - 1),
    "uint32": (">I", 2**32 - 1),
    "uint64": (">Q", 2**64 - 1),
    "count": (">H", 2**16 - 1),
    "enum16": (">H", 2**16 - 1),
    "enum32": (">I", 2**32 - 1),
    "bitfield16": (">H", 2**16 - 1),
    "bitfield32": (">I", 2**32 - 1),
    "bitfield64": (">Q", 2**64 - 1),
    "acc16": (">H", 0),
    "acc32": (">I", 0),
    "acc64": (">Q", 0),
    "sunssf": (">h", -(2**15)),
    "ipaddr": (">I", 0),
    "pad": (">H", None),
}
"""Format and the one value that means "not implemented"."""

_FLOATS: Final = {"float32": ">f", "float64": ">d"}

WORDS: Final[dict[str, int]] = {
    **{name: struct.calcsize(form) // 2 for name, (form, _) in _INTEGERS.items()},
    **{name: struct.calcsize(form) // 2 for name, form in _FLOATS.items()},
    "ipv6addr": 8,
    "eui48": 4,
}
"""Registers per point; strings say their own length."""

ACCUMULATORS: Final = frozenset({"acc16", "acc32", "acc64"})


def decode(kind: str, data: bytes) -> Decoded:
    """One point of a type from exactly its own registers. Raises ``KeyError`` for an unknown type."""
    if kind == "string":
        return _text(data)
    if kind in _FLOATS:
        return _float(_FLOATS[kind], data)
    if kind == "ipv6addr":
        groups = [data[i : i + 4].hex().upper() for i in range(0, 16, 4)]
        return _address(data, ":".join(groups))
    if kind == "eui48":
        return _address(data, data[2:8].hex(":").upper(), nobody="FF:FF:FF:FF:FF:FF")
    form, sentinel = _INTEGERS[kind]
    raw: int = struct.unpack(form, data)[0]
    if raw == sentinel:
        return Decoded(raw, None, Absence.NOT_ACCUMULATED if kind in ACCUMULATORS else Absence.NOT_IMPLEMENTED)
    return Decoded(raw, raw)


def _float(form: str, data: bytes) -> Decoded:
    value: float = struct.unpack(form, data)[0]
    if math.isnan(value):
        return Decoded(data.hex().upper(), None, Absence.NOT_IMPLEMENTED)
    return Decoded(value if math.isfinite(value) else data.hex().upper(), value)


def _address(data: bytes, text: str, nobody: str = "") -> Decoded:
    if not any(data) or text == nobody:
        return Decoded(data.hex().upper(), None, Absence.NOT_IMPLEMENTED)
    return Decoded(data.hex().upper(), text)


def _text(data: bytes) -> Decoded:
    if not data or data[0] == 0:
        return Decoded(data.hex().upper(), None, Absence.NOT_IMPLEMENTED)
    try:
        return Decoded(data.hex().upper(), data.decode().rstrip("\0"))
    except UnicodeDecodeError:
        return Decoded(data.hex().upper(), None, Absence.NOT_TEXT)


def scaled(value: int, exponent: int) -> int | float:
    """Apply a scale factor; rounded to its decimals, so that 1234 with -1 is 123.4 and not a hair beside it."""
    return value if exponent == 0 else round(value * 10.0**exponent, -exponent)


def readable(data: bytes) -> str:
    """Text for people from a string's registers, whatever was put in: up to the first NUL, printable, without margins."""
    text = data.split(b"\0", 1)[0].decode(errors="replace")
    return "".join(c for c in text if c.isprintable() and c != "\ufffd").strip()
