"""The journal's short tail as a reader sees it: every batch decoded once, forgotten when it is folded."""

from typing import Protocol

from backend.model.columns import Columns
from backend.store.tiers.latest import Newest

NONE_MS = 1 << 62


class Tail(Protocol):
    """Readings that only the journal holds, in order of arrival, and the newest of all."""

    @property
    def newest(self) -> Newest:
        """Newest reading of every point, folded or not."""
        ...

    def refresh(self) -> None:
        """Take what came since the last look; within the caller's transaction."""
        ...

    @property
    def oldest_ms(self) -> int:
        """No reading is older; ``NONE_MS`` where there are none."""
        ...

    def of_point(self, point: int) -> list[Columns]:
        """Readings of one point."""
        ...
