"""What was recorded before, as drivers that listen may ask for it; a store's reader is one."""

from collections.abc import Sequence
from typing import Protocol

from backend.model.columns import Columns
from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.event import Event


class Memory(Protocol):
    """Read-only."""

    async def statuses(self) -> Sequence[DeviceStatus]: ...

    async def connectors(self) -> Sequence[ConnectorStatus]: ...

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        ...

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading of a point with start <= at < end, by time."""
        ...
