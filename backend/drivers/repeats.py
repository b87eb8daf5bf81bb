"""Which messages of a device were kept already: a repeat is known for what it is, also after a restart of ours.

With every message that is kept, its fingerprint is kept too, as a reading of a point of its own, in the same transaction.
"""

from hashlib import blake2b
from typing import Final

from backend.drivers.contract import Recorded
from backend.model.point import PointSpec, Unit
from backend.model.reading import Reading

RECEIVED: Final = PointSpec("received", Unit.RATIO, digits=0, low=0)
"""Fingerprints, no quantity: nothing of it is meant for screens."""
WINDOW: Final = 4096
"""So many of the newest messages are known."""
_LOOK_BACK_MS: Final = 6 * 3_600_000
_RECALLED_MS: Final = 15 * 60_000
"""So long after a start what was kept before it may come again."""
_KEPT_BITS: Final = (1 << 40) - 1
"""Of a fingerprint in the store, so that a day of them can be summed in 64 bits."""


def fingerprint(*parts: object) -> int:
    """Names a message by what identifies it, such as its topic, epoch and sequence number; 64 bits."""
    return int.from_bytes(blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class Repeats:
    """Of one device."""

    def __init__(self, device: str, now_ms: int) -> None:
        self._key = f"{device}/{RECEIVED.name}"
        self._recent: dict[int, None] = {}
        self._recalled: frozenset[int] = frozenset()
        self._recalled_until_ms = now_ms + _RECALLED_MS
        self._last_ms = 0

    async def recall(self, recorded: Recorded, now_ms: int) -> None:
        """What was kept before the start. Raises ``StorageError``."""
        kept = await recorded.raw(self._key, now_ms - _LOOK_BACK_MS, now_ms + _LOOK_BACK_MS)
        self._recalled = frozenset(int(value) for value in kept.value[-WINDOW:])
        self._last_ms = int(kept.at_ms[-1]) if len(kept) else 0

    def knows(self, mark: int, now_ms: int) -> bool:
        """Whether this was kept."""
        if mark in self._recent:
            return True
        return now_ms < self._recalled_until_ms and mark & _KEPT_BITS in self._recalled

    def reading(self, mark: int, now_ms: int) -> Reading:
        """To be kept together with what the message said; no two have the same time."""
        self._last_ms = max(now_ms, self._last_ms + 1)
        return Reading(self._key, self._last_ms, float(mark & _KEPT_BITS))

    def remember(self, mark: int) -> None:
        """It is kept now."""
        self._recent[mark] = None
        if len(self._recent) > WINDOW:
            del self._recent[next(iter(self._recent))]
