"""A damaged cache file is replaced by a new one that holds all that can still be read, and says what cannot.

The damaged file is kept as it is. Whenever the power goes on the way, the next start takes up where that left off.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from backend.model.delivery import StorageError
from backend.model.event import Event
from backend.store.sqlite.database import Database, set_aside
from backend.store.sqlite.mark import Note
from backend.store.sqlite.salvage.happenings import restore_events
from backend.store.sqlite.salvage.hours import mend_hours
from backend.store.sqlite.salvage.losses import lost_anywhere, lost_batches, lost_hours
from backend.store.sqlite.salvage.names import write_points
from backend.store.sqlite.salvage.transfer import transfer
from backend.store.tiers.documents import Documents, encode
from backend.store.tiers.meta import Meta
from backend.wire.numbers import Damaged

SALVAGE = "salvage"
"""Kind and key of the document that a mended file brings along until it has been told."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Salvage:
    """What the new file has to tell once it is in use."""

    kept: str
    """Name of the damaged file."""
    lost: list[Event]


def mend(path: Path, stamp: str, now_ms: int, note: Note | None) -> None:
    """Put a mended file in the place of a damaged one. ``note`` tells how far it had come.

    Raises ``StorageError`` where there is no room for it; nothing has changed then.
    """
    draft = path.with_name(f"{path.name}.mending")
    _remove(draft)
    try:
        with _draft(draft) as database:
            lost = _build(path, database, now_ms, note)
            kept = f"{path.name}.damaged-{stamp}"
            with database.transaction():
                Documents(database).put(SALVAGE, SALVAGE, encode(Salvage(kept, lost)))
    except (sqlite3.Error, OSError, Damaged) as error:
        raise StorageError(f"mending {path}: {error}") from error
    _sync(draft)
    draft.rename(path.with_name(f"{path.name}.mended-{stamp}"))
    _log.warning("store mended", path=str(path), kept=kept, losses=len(lost))
    finish(path)


def finish(path: Path) -> None:
    """Bring a mended file into use, if one is ready."""
    for mended in sorted(path.parent.glob(f"{path.name}.mended-*")):
        if path.exists():
            set_aside(path, mended.name.partition(".mended-")[2])
        mended.rename(path)
        _sync(path.parent)


def _build(path: Path, draft: Database, now_ms: int, note: Note | None) -> list[Event]:
    found = transfer(path, draft)
    names, meta = write_points(draft, found.points), Meta(draft)
    folded = int(meta.get(Meta.FOLDED, 1))
    hours = mend_hours(draft, found.unrolled, names, is_harmed=found.is_harmed)
    restore_events(draft)
    with draft.transaction():
        meta.count_up(Meta.DEFINED)
    losses = lost_batches(draft, folded, hours.rebuilt, now_ms, _last_number(draft, note, is_harmed=found.is_harmed))
    anywhere = [lost_anywhere(draft, now_ms)] if found.is_torn else []
    return [*lost_hours(draft, hours.lost, now_ms), *losses, *anywhere]


def _last_number(draft: Database, note: Note | None, *, is_harmed: bool) -> int | None:
    """The last number that there was for certain; None where something may have come after it that is gone."""
    last = int(draft.one("SELECT first + span - 1 FROM batch ORDER BY first DESC LIMIT 1") or 0)
    noted = note.sequence if note is not None and draft.one("SELECT 1 FROM origin WHERE epoch = ?", (note.epoch,)) else 0
    return None if is_harmed else max(last, noted)


@contextmanager
def _draft(path: Path) -> Generator[Database]:
    database = Database(path)
    database.open()
    # Whether it is whole is decided by its name, which it gets last.
    database.execute("PRAGMA synchronous=OFF")
    try:
        yield database
    finally:
        database.close()


def _remove(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Only POSIX can sync a folder."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
