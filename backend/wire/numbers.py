"""Arrays of numbers as few bytes: scaled integers where exact, narrow, byte-shuffled; compression comes after."""

import struct
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Kind = TypeVar("_Kind", np.uint8, np.uint32)
_HEAD = struct.Struct("<BBq")
_FIRST = struct.Struct("<q")
HEAD_BYTES, FIRST_BYTES = _HEAD.size, _FIRST.size
_PLAIN, DELTAS = 0, 1
WIDTHS = (0, 1, 2, 4, 8)
_WIDTH_OF_BITS = (0, *(next(width for width in (1, 2, 4, 8) if bits <= 8 * width) for bits in range(1, 65)))
_UNSIGNED = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}
_EXACT_LIMIT = 2.0**53
_POWERS = 10.0 ** np.arange(16)
_HAS_ABSENT = 1
_HAS_RAW = 2


class Damaged(Exception):
    """The bytes are not what was once encoded."""


def scale(values: NDArray[np.float64], digits: NDArray[np.int64] | int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Values times 10**digits as integers, and where these give back the very same value."""
    power = _POWERS[digits]
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * power)
        exact = (scaled / power == values) & (np.abs(scaled) < _EXACT_LIMIT)
        if exact.all():
            return scaled.astype(np.int64), exact
        return np.where(exact, scaled, 0.0).astype(np.int64), exact


def unscale(scaled: NDArray[np.int64], digits: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """The values that ``scale`` took."""
    return scaled / _POWERS[digits]


@dataclass(slots=True)
class Packer:
    """Collects the bytes of several columns."""

    parts: list[bytes] = field(default_factory=list[bytes])

    def ints(self, values: NDArray[np.int64], *, deltas: bool = False) -> None:
        """Whole numbers, as differences to the one before (``deltas``) or to the smallest."""
        if not len(values):
            self.parts.append(_HEAD.pack(_PLAIN, 0, 0))
            return
        form, first = _PLAIN, b""
        if deltas and len(values) > 1:
            form, first, values = DELTAS, _FIRST.pack(int(values[0])), values[1:] - values[:-1]
        base = int(np.minimum.reduce(values))
        width = _WIDTH_OF_BITS[(int(np.maximum.reduce(values)) - base).bit_length()]
        self.parts.append(_HEAD.pack(form, width, base) + first)
        if width:
            self.parts.append(_shuffle((values - base).astype(_UNSIGNED[width]), width))

    def rare(self, values: "NDArray[np.integer[Any]]") -> None:
        """Whole numbers that are nearly always all 0."""
        some = bool(values.any())
        self.parts.append(b"\x01" if some else b"\x00")
        if some:
            self.ints(values.astype(np.int64))

    def floats(self, values: NDArray[np.float64]) -> None:
        """Numbers bit for bit."""
        self.parts.append(_shuffle(values.astype("<f8"), 8))

    def mask(self, rows: NDArray[np.bool_]) -> None:
        """One bit per row."""
        self.parts.append(np.packbits(rows).tobytes())

    def values(self, values: NDArray[np.float64], digits: NDArray[np.int64] | int, *, deltas: bool = False) -> None:
        """Decimal numbers: scaled integers where that is exact within ``digits``, else raw; NaN is absent."""
        scaled, exact = scale(values, digits)
        form = 0
        if not exact.all():
            absent = np.isnan(values)
            raw = ~(exact | absent)
            form = (_HAS_ABSENT if absent.any() else 0) | (_HAS_RAW if raw.any() else 0)
        self.parts.append(bytes([form]))
        if form & _HAS_ABSENT:
            self.mask(np.isnan(values))
        if form & _HAS_RAW:
            self.mask(~(exact | np.isnan(values)))
            self.floats(values[~(exact | np.isnan(values))])
        self.ints(scaled[exact] if form else scaled, deltas=deltas)

    def bytes(self) -> bytes:
        """Everything so far, in order."""
        return b"".join(self.parts)


@dataclass(slots=True)
class Unpacker:
    """Gives back, in the same order, what a ``Packer`` took. Raises ``Damaged``."""

    data: bytes
    offset: int = 0

    def ints(self, count: int) -> NDArray[np.int64]:
        """``count`` whole numbers."""
        form, width, base = _HEAD.unpack_from(self.data, self._pass(HEAD_BYTES))
        if width not in WIDTHS or form not in (_PLAIN, DELTAS):
            raise Damaged(f"column of form {form}, width {width}")
        if form == DELTAS and not count:
            raise Damaged("differences of nothing")
        first = _FIRST.unpack_from(self.data, self._pass(FIRST_BYTES))[0] if form == DELTAS else 0
        # Where there are differences, the first value stands before them.
        out = np.empty(count, np.int64)
        values = out[form:]
        if width:
            values[:] = unshuffle(self._octets(len(values) * width), 1, len(values), width)[0]
            values += base
        else:
            values.fill(base)
        if form == _PLAIN:
            return out
        out[0] = first
        return out.cumsum()

    def rare(self, count: int, kind: type[_Kind]) -> NDArray[_Kind]:
        """``count`` whole numbers, nearly always all 0."""
        return self.ints(count).astype(kind) if self.data[self._pass(1)] else np.zeros(count, kind)

    def floats(self, count: int) -> NDArray[np.float64]:
        """``count`` numbers bit for bit."""
        return unshuffle(self._octets(count * 8), 1, count, 8)[0].view("<f8").astype(np.float64)

    def mask(self, count: int) -> NDArray[np.bool_]:
        """``count`` bits."""
        size = (count + 7) // 8
        return np.unpackbits(self._octets(size), count=count).astype(np.bool_)

    def values(self, count: int, digits: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """``count`` decimal numbers that were packed with the same ``digits``."""
        if not isinstance(digits, int) and len(digits) and not 0 <= digits.min() <= digits.max() < len(_POWERS):
            raise Damaged("more digits than there are")
        form = self.data[self._pass(1)]
        if not form:
            return unscale(self.ints(count), digits)
        exact = np.ones(count, np.bool_)
        values = np.full(count, np.nan)
        if form & _HAS_ABSENT:
            exact &= ~self.mask(count)
        if form & _HAS_RAW:
            raw = self.mask(count)
            values[raw] = self.floats(int(raw.sum()))
            exact &= ~raw
        ints = self.ints(int(exact.sum()))
        values[exact] = unscale(ints, digits if isinstance(digits, int) else digits[exact])
        return values

    def _octets(self, size: int) -> NDArray[np.uint8]:
        return np.frombuffer(self.data, np.uint8, size, self._pass(size))

    def _pass(self, size: int) -> int:
        """Go on by so many bytes; where they begin."""
        start = self.offset
        if start + size > len(self.data) or size < 0:
            raise Damaged("cut short")
        self.offset = start + size
        return start


def _shuffle(values: NDArray[np.generic], width: int) -> bytes:
    """All first bytes, then all second bytes: like bytes lie together and compress well."""
    if width == 1:
        return values.tobytes()
    return values.view(np.uint8).reshape(-1, width).T.tobytes()


def unshuffle(octets: NDArray[np.uint8], lines: int, count: int, width: int) -> NDArray[np.unsignedinteger]:
    """What ``_shuffle`` made of so many columns of ``count`` numbers, one column a line."""
    if width == 1:
        return octets.reshape(lines, count)
    return np.ascontiguousarray(octets.reshape(lines, width, count).swapaxes(1, 2)).view(_UNSIGNED[width]).reshape(lines, count)
