"""Time as an argument: everything that needs the time is given a clock."""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ClockQuality(StrEnum):
    """How far a node trusts its own clock at the moment it seals a batch."""

    UNKNOWN = "unknown"
    """Nobody vouches for it, and nothing speaks against it."""
    SYNCHRONISED = "synchronised"
    """The operating system keeps it by a source of time, and it runs evenly."""
    SUSPECT = "suspect"
    """It jumped, and nobody has vouched for it since."""


class Clock(Protocol):
    """Wall and monotonic time; tests and the demo town bring their own."""

    def now_ms(self) -> int:
        """UTC, milliseconds since 1970-01-01."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """UTC, milliseconds since 1970-01-01."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never jump, from an arbitrary start."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """Relation of a node's time to the machine's; kept in the cache so that faces of a demo agree with it."""

    node_ms: int
    """The node's time at the anchor."""
    machine_ms: int
    """The machine's wall time at the anchor."""
    speed: float = 1.0


class AnchoredClock:
    """A clock that runs ``speed`` times as fast as the machine's from an anchor on."""

    def __init__(self, anchor: ClockAnchor) -> None:
        self._anchor = anchor

    def now_ms(self) -> int:
        """The node's time, milliseconds since 1970-01-01."""
        passed = time.time_ns() // 1_000_000 - self._anchor.machine_ms
        return self._anchor.node_ms + round(passed * self._anchor.speed)

    def monotonic(self) -> float:
        """Real seconds that never jump: time-outs are not sped up."""
        return time.monotonic()
