"""The plain form for gateways of third parties, which cannot sign: JSON, checked strictly, attested by whoever takes it."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.wire.numbers import Damaged

_MOST = 2**53
LARGEST_BYTES = 4 * 1024 * 1024
_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_QUALITIES = {
    "good": Quality.GOOD,
    "uncertain": Quality.UNCERTAIN_SENSOR_NOT_ACCURATE,
    "bad": Quality.BAD_SENSOR_FAILURE,
}
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class PlainReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of one point."""

    point: _Key
    """``site/device/name``, as the settings of the node that takes it name it."""
    at: _Time
    """Source time, RFC 3339 with its offset."""
    value: float | None = None
    """In the unit of the point; absent where there is none."""
    quality: Literal["good", "uncertain", "bad"] = "good"
    """As the gateway knows it; an absent value is bad whatever is said."""

    def to_reading(self) -> Reading:
        """As a driver would have delivered it."""
        at_ms = round(self.at.timestamp() * 1000)
        if self.value is None:
            return Reading.absent(self.point, at_ms, Quality.BAD_NO_COMMUNICATION)
        return Reading(self.point, at_ms, self.value, _QUALITIES[self.quality])


class _Whole(int):
    """Some languages write whole numbers as 7.0; JSON makes no difference."""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sequence: _Whole
    readings: Annotated[list[PlainReading], msgspec.Meta(min_length=1, max_length=10_000)]


@dataclass(frozen=True, slots=True)
class PlainBatch:
    """What a gateway sends at once; a repeat with the same sequence and content changes nothing."""

    sequence: int
    """One more for every batch of this gateway, from 1."""
    readings: Sequence[PlainReading]

    @property
    def digest(self) -> str:
        """SHA-256 of what it says, in hex, however it was written."""
        return hashlib.sha256(msgspec.msgpack.encode(self.readings)).hexdigest()


def _whole(kind: type, found: object) -> _Whole:
    if not isinstance(found, int | float) or isinstance(found, bool) or not 1 <= found <= _MOST or found != int(found):
        raise ValueError(f"Expected a whole number from 1 to {_MOST}")
    return _Whole(found)


_decoder = msgspec.json.Decoder(_Written, dec_hook=_whole)


def plain_schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON schema of a body, and of what it refers to by name."""
    whole = {"type": "integer", "minimum": 1, "maximum": _MOST}
    (schema,), known = msgspec.json.schema_components([_Written], schema_hook=lambda kind: whole, ref_template="{name}")
    return schema, {**known, "_Written": {**known["_Written"], "title": "Batch"}}


def read_plain(data: bytes) -> PlainBatch:
    """A request's body. Raises ``Damaged`` with what is wrong and where."""
    if len(data) > LARGEST_BYTES:
        raise Damaged("larger than a plain batch may be")
    try:
        batch = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(str(error)) from error
    if not all(reading.value is None or math.isfinite(reading.value) for reading in batch.readings):
        raise Damaged("a value is not a number")
    return PlainBatch(int(batch.sequence), batch.readings)
