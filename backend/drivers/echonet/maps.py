"""Lists that objects give of themselves: property maps in both forms, and the instances of a node (appendix, annex 1)."""

from collections.abc import Iterable
from typing import Final

from backend.drivers.echonet.frame import Eoj

BITMAP_FROM: Final = 16
_BITMAP: Final = 17
_ROWS: Final = 16
"""Byte ``1 + low`` of a bitmap holds the EPCs that end on ``low``, bit 0 for 0x8., bit 7 for 0xF.."""


def read_map(edt: bytes) -> frozenset[int]:
    """EPCs of a property map. Raises ``ValueError`` for one that is neither form.

    Devices that list 16 and more one by one, or that write a bitmap for fewer, are understood by the length.
    """
    if not edt:
        raise ValueError("empty property map")
    count, listed = edt[0], edt[1:]
    if len(edt) == _BITMAP and (count >= BITMAP_FROM or not _plausible(listed[:count])):
        return frozenset(0x80 + 0x10 * bit + low for low in range(_ROWS) for bit in range(8) if listed[low] >> bit & 1)
    if len(listed) < count or not _plausible(listed[:count]):
        raise ValueError(f"no property map: {edt[:20].hex()}")
    return frozenset(listed[:count])


def write_map(epcs: Iterable[int]) -> bytes:
    """The form that fits the number of EPCs."""
    wanted = sorted(set(epcs))
    if len(wanted) < BITMAP_FROM:
        return bytes((len(wanted), *wanted))
    rows = bytearray(_ROWS)
    for epc in wanted:
        rows[epc & 0x0F] |= 1 << (epc >> 4) - 8
    return bytes((len(wanted), *rows))


def read_instances(edt: bytes) -> tuple[Eoj, ...]:
    """Objects of an instance list, each once; one that is cut off is read as far as it goes."""
    listed = edt[1:]
    whole = min(edt[0] if edt else 0, len(listed) // 3)
    return tuple(dict.fromkeys(Eoj.of(listed[3 * i : 3 * i + 3]) for i in range(whole)))


def write_instances(objects: Iterable[Eoj]) -> bytes:
    """An instance list of at most 84 objects."""
    each = [bytes(eoj) for eoj in objects][:84]
    return bytes((len(each),)) + b"".join(each)


def _plausible(epcs: bytes) -> bool:
    return all(epc >= 0x80 for epc in epcs)
