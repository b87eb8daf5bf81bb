"""What derived values are made of: parts with a value or a reason, and how the worst of them decides."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Self

from backend.model.quality import Quality


class Part(NamedTuple):
    """A value on its way into another; as a reading, without a point."""

    value: float
    """In the stored unit; NaN where absent."""
    quality: int = Quality.GOOD
    flags: int = 0
    at_ms: int = 0
    """Source time, UTC milliseconds; 0 of what stands by a state and has none."""

    @classmethod
    def absent(cls, reason: int, at_ms: int = 0) -> Self:
        """No value, because of ``reason``, one of the bad codes."""
        return cls(math.nan, reason, 0, at_ms)

    @property
    def is_absent(self) -> bool:
        """Whether there is no usable value."""
        return self.quality >= _BAD


_BAD: Final = 0x80000000
NOTHING_THERE: Final = Part(0.0)
"""Of what a site does not have: nothing flows, and no time belongs to it."""


def combined(parts: Sequence[Part], formula: Callable[[list[float]], float]) -> Part:
    """The formula of all parts' values in order, with the worst quality, the newest time and every flag of them.

    Absent where a part is absent, for the worst reason; or where the formula gives no finite number.
    """
    quality = max(part.quality for part in parts)
    at_ms = max(part.at_ms for part in parts)
    if quality >= _BAD:
        return Part.absent(quality, at_ms)
    value = formula([part.value for part in parts])
    if not math.isfinite(value):
        return Part.absent(Quality.BAD_NOT_CONNECTED, at_ms)
    flags = 0
    for part in parts:
        flags |= part.flags
    return Part(float(value), quality, flags, at_ms)


def total(parts: Sequence[Part]) -> Part:
    """The sum of several parts; nothing where there are none."""
    return combined(parts, math.fsum) if parts else NOTHING_THERE
