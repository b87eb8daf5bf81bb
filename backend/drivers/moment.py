"""Times as devices write them, and clocks that cannot be believed."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from backend.model.mapping import TimeField
from backend.model.quality import Flag

EARLIEST_MS: Final = 1_451_606_400_000
"""2016-01-01: a clock before that was never set."""
AHEAD_MS: Final = 5 * 60_000
"""How far the clock of a device may run ahead of ours."""
ISO: Final = TimeField("$", "iso", "UTC")
_UNIX: Final = {"unix_s": 1000.0, "unix_ms": 1.0}


class Moment(NamedTuple):
    """When something was measured, and whether the device itself says so."""

    at_ms: int
    flags: Flag = Flag.NONE
    own: bool = True
    """False where it is the time of receipt."""


def read_moment(written: object, field: TimeField, now_ms: int) -> Moment:
    """The device's time; the time of receipt with ``CLOCK_SUSPECT`` where it gives none that can be believed.

    A local time that happens twice when the clocks go back, or never when they go forward, is the earlier one and in doubt.
    """
    found = _parse(written, field)
    if found is None or not EARLIEST_MS <= found.at_ms <= now_ms + AHEAD_MS:
        return Moment(now_ms, Flag.CLOCK_SUSPECT, own=False)
    return found


def _parse(written: object, field: TimeField) -> Moment | None:
    if field.format in _UNIX:
        if isinstance(written, bool) or not isinstance(written, int | float):
            return None
        at_ms = written * _UNIX[field.format]
        return Moment(round(at_ms)) if abs(at_ms) < 1e15 else None
    if not isinstance(written, str):
        return None
    try:
        text = written.strip()
        moment = datetime.fromisoformat(text) if field.format == "iso" else datetime.strptime(text, field.format)  # noqa: DTZ007
        return _settle(moment, field.zone)
    except (ValueError, OverflowError):
        return None


def _settle(moment: datetime, zone: str) -> Moment:
    if moment.tzinfo is not None:
        return Moment(_ms(moment))
    local = moment.replace(tzinfo=ZoneInfo(zone))
    doubtful = local.utcoffset() != local.replace(fold=1).utcoffset()
    return Moment(_ms(local), Flag.CLOCK_SUSPECT if doubtful else Flag.NONE)


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
