"""What replaces what: definitions and states of other nodes may arrive in any order, and the newest counts all the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """Where something was said."""

    origin: int
    """Number of the chain in this store; 0 for what is this node's own."""
    sequence: int
    sealed_ms: int
    """By the clock of whoever sealed it; decides only between chains of one node, such as before and after a restore."""

    def replaces(self, other: "Version") -> bool:
        """Whether this was said after the other, or is the same."""
        if self.origin == other.origin:
            return self.sequence >= other.sequence
        return self.sealed_ms >= other.sealed_ms


OWN = Version(0, 0, 0)
"""Of this node's own settings and states: written as they come, and never by anybody else while the site is this node's."""
