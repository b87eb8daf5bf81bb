"""Timestamps of chargers: UTC with or without Z, and clocks that cannot be believed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from backend.model.quality import Flag

EARLIEST_MS: Final = 1_451_606_400_000
"""2016-01-01: the first full year of OCPP 1.6. A clock before that was never set."""
AHEAD_MS: Final = 5 * 60_000
"""How far a charger's clock may run ahead of ours."""

MIXED_CLOCKS_MS: Final = 5 * 60_000
"""What is stamped may seem this much older than what is not: two clocks are compared."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something happened, and whether the charger's own clock says so."""

    at_ms: int
    flags: Flag = Flag.NONE
    own: bool = True
    """True where it is the charger's time, False where it is ours."""


def read_stamp(text: object, now_ms: int) -> Stamp:
    """The charger's time, or the time of receipt with ``CLOCK_SUSPECT`` where there is none to believe."""
    at_ms = _parse(text)
    if at_ms is None or at_ms < EARLIEST_MS or at_ms > now_ms + AHEAD_MS:
        return Stamp(now_ms, Flag.CLOCK_SUSPECT, own=False)
    return Stamp(at_ms)


def write_stamp(at_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parse(text: object) -> int | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
