"""What is remembered of a device beyond one connection: what it used to say, and whether it sleeps."""

from dataclasses import dataclass, field
from typing import Final

HOLD_OFF_S: Final = 120.0
"""After waking, some inverters give one read of "not implemented" and then zeros for some 40 s (SolarEdge HD-Wave);
until then a counter that fell is taken for not ready. If it is still lower afterwards, it was really reset."""


@dataclass(slots=True)
class Memory:
    """Kept by the driver per device. All times are of the monotonic clock, in seconds."""

    serial: str = ""
    seen: set[str] = field(default_factory=set[str])
    """Names of points that had a value before."""
    counters: dict[str, float] = field(default_factory=dict[str, float])
    """Highest word of each register, in its stored unit."""
    asleep: bool = False
    hold_until: float = 0.0

    def wake(self, now: float) -> None:
        """The device has just begun to talk, or to make sense, again."""
        self.hold_until = now + HOLD_OFF_S

    def fall_asleep(self, asleep: bool, now: float) -> None:
        """Note whether it sleeps; leaving sleep starts the hold-off."""
        if self.asleep and not asleep:
            self.wake(now)
        self.asleep = asleep

    def trusts(self, counter: str, value: float, now: float) -> bool:
        """Whether a register's value may be passed on; a value that is passed on is remembered."""
        settling = self.asleep or now < self.hold_until
        if settling and (value <= 0 or value < self.counters.get(counter, 0.0)):
            return False
        self.counters[counter] = value
        return True
