"""How long each level is kept."""

from dataclasses import dataclass

MIB = 1024 * 1024
RESERVE_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that each level is kept; None for ever. Events, hours and days are never removed."""

    journal_days: float = 7.0
    """Folded batches, and where there is a parent only those that it has."""
    raw_days: float | None = 400.0
    minute_days: float | None = 400.0
    quarter_days: float | None = None
    cap_bytes: int = 4096 * MIB
    """The file never grows beyond; before that the oldest goes: journal first, then raw readings, and what is lost so is told."""
    has_parent: bool = False
    """Whether batches are sent on: none goes before the parent has it, unless the cap leaves no choice."""

    @property
    def reserve_bytes(self) -> int:
        """Room kept free for folding and thinning when everything else is full."""
        return min(RESERVE_BYTES, self.cap_bytes // 4)
