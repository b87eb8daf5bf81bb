"""Chains of batches: one for each life of a node's store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Chain:
    """What names a chain everywhere; sequence numbers belong to it."""

    node: str
    epoch: bytes
    """16 random bytes: the life of the store that sealed it."""

    def __str__(self) -> str:
        return f"{self.node}/{self.epoch.hex()[:8]}"
