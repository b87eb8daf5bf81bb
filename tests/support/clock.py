"""A clock that moves only when a test says so."""


class FakeClock:
    """Wall and monotonic time under the test's control."""

    def __init__(self, now_ms: int = 1_795_401_720_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 0.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let both clocks run on."""
        self._now_ms += round(seconds * 1000)
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock; no time passes."""
        self._now_ms += round(seconds * 1000)
