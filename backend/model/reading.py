"""One reading: what a point said at one instant, or why it said nothing."""

from typing import NamedTuple, Self

from backend.model.quality import Flag, Quality


class Reading(NamedTuple):
    """A value and its quality travel together; there is no bare number in Enemado.

    A NamedTuple because a node makes hundreds of thousands a second and drivers pass them straight to intake.
    """

    point: str
    """Key of the point, ``site/device/name``."""
    at_ms: int
    """Source time in UTC, milliseconds since 1970-01-01."""
    value: float | None
    """In the point's stored unit; None means absent, and the quality says why."""
    quality: Quality = Quality.GOOD
    flags: Flag = Flag.NONE

    @classmethod
    def absent(cls, point: str, at_ms: int, reason: Quality) -> Self:
        """A reading without a value; ``reason`` must be one of the bad codes."""
        if not reason.is_bad:
            raise ValueError(f"{reason.name} is no reason for an absent value")
        return cls(point, at_ms, None, reason)
