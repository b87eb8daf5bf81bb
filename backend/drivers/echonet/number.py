"""Numbers inside of properties, and what stands in their place where there is none (appendix, section 1.4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.model.quality import Quality


class Absence(StrEnum):
    """Why there is no value."""

    NOT_IN_MAP = "not in the property map"
    REFUSED = "listed, but not answered"
    NO_DATA = "no data now"
    OVERFLOW = "above the measuring range"
    UNDERFLOW = "below the measuring range"
    OUT_OF_RANGE = "a number that the property cannot have"
    WRONG_SIZE = "not as long as the property is"
    UNKNOWN_CODE = "an unknown code"
    NO_SCALE = "its unit is not known"


REASONS: Final = {
    Absence.NOT_IN_MAP: Quality.BAD_NOT_SUPPORTED,
    Absence.REFUSED: Quality.BAD_NOT_SUPPORTED,
    Absence.NO_DATA: Quality.BAD_NOT_CONNECTED,
    Absence.OVERFLOW: Quality.BAD_SENSOR_FAILURE,
    Absence.UNDERFLOW: Quality.BAD_SENSOR_FAILURE,
    Absence.OUT_OF_RANGE: Quality.BAD_DEVICE_FAILURE,
    Absence.WRONG_SIZE: Quality.BAD_COMMUNICATION_ERROR,
    Absence.UNKNOWN_CODE: Quality.BAD_DEVICE_FAILURE,
    Absence.NO_SCALE: Quality.BAD_CONFIGURATION_ERROR,
}


@dataclass(frozen=True, slots=True)
class Number:
    """Where in a property a number stands and how it is written."""

    size: int
    """Bytes."""
    signed: bool = False
    at: int = 0
    """First byte."""
    low: int | None = None
    """Smallest that the appendix allows; None where only the size limits it."""
    high: int | None = None
    holes: bool = False
    """Whether the last but one value (7FFE, 7FFFFFFE, FFFFFFFE) means that there is no data now."""
    length: int | None = None
    """Of the whole property where that is fixed; None where more may follow."""


def u8(*, high: int | None = None) -> Number:
    """An unsigned byte that is the whole property."""
    return Number(1, high=high, length=1)


def u16() -> Number:
    """Two unsigned bytes that are the whole property."""
    return Number(2, length=2)


def s16(*, holes: bool = False, low: int | None = None) -> Number:
    """Two signed bytes that are the whole property."""
    return Number(2, signed=True, holes=holes, low=low, length=2)


def u32(high: int = 0xFFFFFFFD, *, holes: bool = False) -> Number:
    """Four unsigned bytes that are the whole property."""
    return Number(4, high=high, holes=holes, length=4)


def s32(*, holes: bool = False) -> Number:
    """Four signed bytes that are the whole property."""
    return Number(4, signed=True, holes=holes, length=4)


def read(number: Number, edt: bytes) -> int | Absence:
    """The number as it is written, or why it is none."""
    data = edt[number.at : number.at + number.size]
    if len(data) != number.size or number.length not in (None, len(edt)):
        return Absence.WRONG_SIZE
    value = int.from_bytes(data, signed=number.signed)
    top = (1 << 8 * number.size - number.signed) - 1
    bottom = -top - 1 if number.signed else top - 1
    if number.holes and value == top - 1:
        return Absence.NO_DATA
    if value == top:
        return Absence.OVERFLOW
    if value == bottom:
        return Absence.UNDERFLOW
    if (number.high is not None and value > number.high) or (number.low is not None and value < number.low):
        return Absence.OUT_OF_RANGE
    return value
