"""What an object says of itself, and its own clock."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from backend.drivers.echonet.tables.rows import Values
from backend.model.device import Nameplate

MAKER: Final = 0x8A
IDENTITY: Final = frozenset((0x82, 0x83, MAKER, 0x8C, 0x8D))
"""Version of the standard, identification, maker, product code, production number."""


def nameplate(values: Values) -> Nameplate:
    """The maker as the consortium's six digits; the identification stands for a serial number where there is none."""
    serial = _text(values.get(0x8D, b"")) or _identification(values.get(0x83, b""))
    return Nameplate(values.get(MAKER, b"").hex().upper(), _text(values.get(0x8C, b"")), serial, _version(values.get(0x82, b"")))


def read_clock(edt: bytes, zone: ZoneInfo) -> int | None:
    """UTC milliseconds of a date and time in seven bytes, year first; None where they are none."""
    if len(edt) < 7:
        return None
    try:
        moment = datetime(int.from_bytes(edt[:2]), *edt[2:7], tzinfo=zone)
    except ValueError:
        return None
    return round(moment.timestamp() * 1000)


def _text(edt: bytes) -> str:
    text = edt.decode("ascii", "replace").strip(" \0")
    return "".join(letter for letter in text if letter.isprintable())


def _identification(edt: bytes) -> str:
    """Empty where the object has not been given one."""
    return edt.hex().upper() if edt[:1] not in (b"", b"\0") and any(edt[1:]) else ""


def _version(edt: bytes) -> str:
    """Release of the appendix, such as ``R``; of a node profile, the version such as ``1.14``."""
    if len(edt) != 4:
        return ""
    if edt[0]:
        return f"{edt[0]}.{edt[1]}"
    return chr(edt[2]) if 0x41 <= edt[2] <= 0x5A else ""
