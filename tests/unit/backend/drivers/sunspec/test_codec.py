"""Point types: every "not implemented" value, every width, and strings that are none."""

import math
from typing import Any

import pytest

from backend.drivers.sunspec.codec import Absence, decode, readable, scaled

MISSING = [
    ("int16", "8000"),
    ("int32", "80000000"),
    ("int64", "8000000000000000"),
    ("uint16", "FFFF"),
    ("uint32", "FFFFFFFF"),
    ("uint64", "FFFFFFFFFFFFFFFF"),
    ("count", "FFFF"),
    ("enum16", "FFFF"),
    ("enum32", "FFFFFFFF"),
    ("bitfield16", "FFFF"),
    ("bitfield32", "FFFFFFFF"),
    ("sunssf", "8000"),
    ("float32", "7FC00000"),
    ("float32", "FFC00001"),
    ("float64", "7FF8000000000000"),
    ("ipaddr", "00000000"),
    ("ipv6addr", "00" * 16),
    ("eui48", "0000FFFFFFFFFFFF"),
    ("eui48", "00" * 8),
    ("string", "0000"),
    ("string", "00414243"),
]

VALUES: list[tuple[str, str, Any]] = [
    ("int16", "FFFF", -1),
    ("int32", "FFFFFFFE", -2),
    ("uint16", "8000", 32768),
    ("uint16", "0000", 0),
    ("uint32", "80000000", 2**31),
    ("uint64", "FFFFFFFFFFFFFFFE", 2**64 - 2),
    ("acc16", "FFFF", 65535),
    ("acc32", "FFFFFFFF", 2**32 - 1),
    ("acc64", "0000000000000001", 1),
    ("pad", "8000", 32768),
    ("float32", "C1480000", -12.5),
    ("float64", "3FF8000000000000", 1.5),
    ("ipaddr", "C0000201", 0xC0000201),
    ("eui48", "0000001122AABBCC", "00:11:22:AA:BB:CC"),
    ("ipv6addr", "20010DB8" + "0" * 23 + "1", "20010DB8:00000000:00000000:00000001"),
    ("string", "534D4100", "SMA"),
    ("string", "41200000", "A "),
]


@pytest.mark.parametrize(("kind", "data"), MISSING)
def test_not_implemented_is_absent_and_keeps_the_raw_value(kind: str, data: str) -> None:
    found = decode(kind, bytes.fromhex(data))
    assert (found.value, found.absence) == (None, Absence.NOT_IMPLEMENTED)
    assert found.raw is not None


@pytest.mark.parametrize(("kind", "words"), [("acc16", 1), ("acc32", 2), ("acc64", 4)])
def test_an_accumulator_of_zero_has_accumulated_nothing(kind: str, words: int) -> None:
    assert decode(kind, bytes(2 * words)).absence is Absence.NOT_ACCUMULATED


@pytest.mark.parametrize(("kind", "data", "value"), VALUES)
def test_values(kind: str, data: str, value: Any) -> None:
    found = decode(kind, bytes.fromhex(data))
    assert (found.value, found.absence) == (value, None)


def test_bytes_that_are_no_text_are_absent() -> None:
    assert decode("string", b"\xff\xfe\x41\x42").absence is Absence.NOT_TEXT


def test_an_infinite_number_is_told_as_it_is() -> None:
    assert decode("float32", bytes.fromhex("7F800000")).value == math.inf


@pytest.mark.parametrize(
    ("raw", "exponent", "value"), [(1234, -1, 123.4), (3, -1, 0.3), (-7, -3, -0.007), (12, 3, 12000.0), (5, 0, 5), (0, -2, 0.0)]
)
def test_scaling_gives_the_decimals_that_were_meant(raw: int, exponent: int, value: float) -> None:
    assert scaled(raw, exponent) == value


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"SMA\0\0", "SMA"), (b"AB\0CD", "AB"), (b"\xff\xff\xff\xff", ""), (b" X \0", "X"), (b"\0\0", ""), (b"\x1b[2JA", "[2JA")],
)
def test_what_people_read_of_a_string(data: bytes, text: str) -> None:
    assert readable(data) == text
