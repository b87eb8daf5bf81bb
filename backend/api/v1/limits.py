"""How much a caller may ask for at once: history by length of time."""

from backend.http.problems import Problem
from backend.store.contract import Level

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
LENGTH_MS = {Level.MINUTE: 60_000, Level.QUARTER: 900_000, Level.HOUR: _HOUR_MS, Level.DAY: _DAY_MS}
"""Usual length of an interval."""
LONGEST_MS = {
    "raw": 25 * _HOUR_MS,
    Level.MINUTE.value: 31 * _DAY_MS,
    Level.QUARTER.value: 366 * _DAY_MS,
    Level.HOUR.value: 1830 * _DAY_MS,
    Level.DAY.value: 11_000 * _DAY_MS,
}
"""Longest time that one question may span; a raw day may have 25 hours."""
LONGEST_EVENTS_MS = 366 * _DAY_MS
LONGEST_ENERGY_DAYS = 1100


def check_range(from_ms: int, to_ms: int, longest_ms: int) -> None:
    """Refuse ranges that are empty or too long. Raises ``Problem``."""
    if from_ms >= to_ms:
        raise Problem(400, "range", "from_ms has to be before to_ms.")
    if to_ms - from_ms > longest_ms:
        raise Problem(400, "range_too_long", f"One question may span {longest_ms} ms at most; ask for less at a time.")
