"""What a third party's gateway says of devices that cannot sign: it vouches for them, under a token of this node."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from backend.model.reading import Reading


@dataclass(frozen=True, slots=True)
class AttestedBatch:
    """What came in one piece."""

    gateway: str
    """Id of the token."""
    sequence: int
    """Counted by the gateway; names the batch."""
    digest: str
    """SHA-256 of what was sent, in hex: tells a repeat from another batch under the same number."""
    readings: Sequence[Reading]


class Taken(StrEnum):
    """What became of a batch. Only what is kept changes anything."""

    KEPT = "kept"
    """On disk now."""
    KNOWN = "known"
    """The same was kept before; a repeat is harmless."""
    CONFLICT = "conflict"
    """Something else was kept under this sequence number."""
    PASSED = "passed"
    """The number is so far behind the highest one that nobody knows any more whether it was kept."""


class GatewayDesk(Protocol):
    """Takes what gateways vouch for (``backend.collector.gateways`` implements it)."""

    def knows(self, point: str) -> bool:
        """Whether this is a point of a device that gateways speak for."""
        ...

    async def take(self, batch: AttestedBatch) -> Taken:
        """Keep a batch of known points, whole or not at all; returns once it is on disk. Raises ``StorageError``."""
        ...

    def refuse(self, gateway: str, sequence: int, reason: str) -> None:
        """Record that something was not taken; the first of its kind at once, more of it once a minute."""
        ...
