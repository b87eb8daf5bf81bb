"""How good a node's clock is: whether it jumped, by the clock that never does, and whether the system vouches for it."""

import ctypes
import sys
from collections.abc import Callable

from backend.model.clock import Clock, ClockQuality, SystemClock

JUMP_S = 0.5
"""More than any source of time corrects at once without setting the clock anew."""
LARGEST_SLEW = 0.0005
"""Clocks are never sped up or slowed down by more to correct them (RFC 5905: 500 ppm)."""
_TIME_ERROR = 5
"""What adjtimex(2) answers where nobody keeps the clock."""
_TIMEX_BYTES = 512
"""More than ``struct timex`` takes on any machine; all zero asks without changing anything."""

_Vouch = Callable[[], bool | None]


def _nobody_vouches() -> bool | None:
    return None


def _of_the_kernel() -> _Vouch:
    """Whether the kernel says that something keeps the machine's clock right; None where it will not say."""
    if sys.platform != "linux":
        return _nobody_vouches
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return _nobody_vouches

    def ask() -> bool | None:
        answer = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return None if answer < 0 else answer != _TIME_ERROR

    return ask


class ClockWatch:
    """Asked once per batch; the answer holds for the time since the last question."""

    def __init__(self, clock: Clock, vouch: _Vouch | None = None) -> None:
        """``vouch`` tells whether the clock is kept right by a source of time; by default the kernel, of its own clock only."""
        kernel = _of_the_kernel() if isinstance(clock, SystemClock) else _nobody_vouches
        self._clock = clock
        self._vouch = vouch or kernel
        self._wall_ms, self._monotonic = clock.now_ms(), clock.monotonic()
        self._jumped = False

    def quality(self) -> ClockQuality:
        """Of a batch that is sealed now."""
        jumps = self._jumps()
        self._jumped |= jumps
        if self._vouch() and not jumps:
            self._jumped = False
            return ClockQuality.SYNCHRONISED
        return ClockQuality.SUSPECT if self._jumped else ClockQuality.UNKNOWN

    def _jumps(self) -> bool:
        """Whether the wall clock went another way than the steady one since the last look."""
        wall_ms, monotonic = self._clock.now_ms(), self._clock.monotonic()
        passed_s = monotonic - self._monotonic
        strayed_s = abs((wall_ms - self._wall_ms) / 1000 - passed_s)
        self._wall_ms, self._monotonic = wall_ms, monotonic
        return strayed_s > JUMP_S + passed_s * LARGEST_SLEW
