"""How much room is left, in the file up to its cap and on its disk, whichever ends first; and what to tell of that."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from backend.model.delivery import StorageError
from backend.model.event import Event, EventKind
from backend.store.retention import Retention
from backend.store.sqlite.database import WAL_LIMIT_BYTES, Database

_UNTOLD = 16
"""Changes that are remembered while there is no room to write them down."""


class Plenty(Enum):
    """How things stand."""

    ENOUGH = EventKind.STORAGE_FREE
    LOW = EventKind.STORAGE_LOW
    """The disk's end is nearer than the reserve: the oldest goes."""
    FULL = EventKind.STORAGE_FULL
    """Half of the reserve is gone too: the rest is for folding, and nothing new is taken."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was found at one look, in bytes."""

    used: int
    """Of the file, without its free pages."""
    limit: int
    """What can be used at all."""
    reserve: int
    by_disk: bool
    """Whether the disk ends before the cap."""

    @property
    def excess(self) -> int:
        """Used beyond what may be used without touching the reserve; negative while there is room."""
        return self.used - (self.limit - self.reserve)

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing new may be taken."""
        return self.excess > self.reserve // 2

    def plenty(self, before: Plenty) -> Plenty:
        """How things stand; low is over only when an eighth of the reserve is to spare."""
        if self.is_exhausted:
            return Plenty.FULL
        least = -self.reserve // 8 if before is not Plenty.ENOUGH else 0
        return Plenty.LOW if self.by_disk and self.excess > least else Plenty.ENOUGH


def room_on_disk(path: Path) -> int:
    """Bytes that the file may have: those it has, and those that this user may still write. Raises ``StorageError``.

    What is in the log only still has to find its place there.
    """
    try:
        return (path.stat().st_size if path.exists() else 0) + shutil.disk_usage(path.parent).free
    except OSError as error:
        raise StorageError(f"{path.parent}: {error.strerror}") from error


class Room:
    """Looks at the file and its disk; used by the writing thread."""

    def __init__(self, database: Database, retention: Retention, on_disk: Callable[[Path], int] = room_on_disk) -> None:
        self._database = database
        self._retention = retention
        self._on_disk = on_disk
        self._plenty = Plenty.ENOUGH
        self.is_tight = False
        """Whether the log must be kept short: it could take the room that its content will need in the file."""
        self._untold: list[Event] = []
        self._short_ms: int | None = None
        """When something had to go, where nobody was told yet that the disk is low."""

    def look(self) -> Left:
        """As things are now. Raises ``sqlite3.Error``, ``StorageError``."""
        database, cap = self._database, self._retention.cap_bytes
        pages, free = (int(database.one(f"PRAGMA {name}")) for name in ("page_count", "freelist_count"))
        size = database.page_bytes
        on_disk = self._on_disk(database.path)
        self.is_tight = on_disk - pages * size < 2 * WAL_LIMIT_BYTES
        limit = min(cap, on_disk)
        return Left((pages - free) * size, limit, min(self._retention.reserve_bytes, limit // 4), on_disk < cap)

    def news(self, left: Left, now_ms: int) -> list[Event]:
        """What is to be told of this look, and what could not be told of those before."""
        short_ms, self._short_ms = self._short_ms, None
        if short_ms is not None and self._plenty is Plenty.ENOUGH:
            self._turn(Plenty.LOW, left, short_ms)
        plenty = left.plenty(self._plenty)
        if plenty is not self._plenty:
            self._turn(plenty, left, now_ms)
        return self._untold

    def took(self, now_ms: int) -> None:
        """Something had to go: the disk is low since then at the latest, whenever that is told."""
        if self._short_ms is None and self.look().by_disk:
            self._short_ms = now_ms

    def _turn(self, plenty: Plenty, left: Left, at_ms: int) -> None:
        data = {"used": left.used, "limit": left.limit, "reserve": left.reserve}
        self._untold = [*self._untold, Event(at_ms, plenty.value, "node", {**data})][-_UNTOLD:]
        self._plenty = plenty

    def told(self) -> None:
        """The news are on disk."""
        self._untold = []
