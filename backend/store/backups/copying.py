"""A copy of a cache file while its node goes on writing.

A copy is one view of the file, so the node's log cannot be emptied as long as it takes. It is therefore made as fast as
the disk allows, packed afterwards, and given up for another try when the log has grown too long meanwhile.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from backend.model.message import Message
from backend.store.backups.places import BackupError
from backend.store.backups.progress import Stage, Tell
from backend.store.sqlite.source import connect

STEP_PAGES = 1024
LOG_MAY_GROW = (64 << 20, 128 << 20, 256 << 20, 512 << 20)
"""Bytes, one for each try; the node shortens its log again as soon as we look away."""


class _LogTooLong(Exception):
    """The node writes faster than we copy."""


def copy_live(source: Path, draft: Path, tell: Tell) -> None:
    """One moment of a cache as a file of its own. Raises ``BackupError``, ``StorageError``."""
    for allowed in LOG_MAY_GROW:
        draft.unlink(missing_ok=True)
        try:
            _copy(source, draft, allowed, tell)
        except _LogTooLong:
            continue
        return
    raise BackupError(Message("The node writes faster than its cache can be copied; try again when there is less to do"))


def _copy(source: Path, draft: Path, allowed: int, tell: Tell) -> None:
    log = source.with_name(source.name + "-wal")

    def look(_status: int, remaining: int, total: int) -> None:
        if _size(log) - before > allowed:
            raise _LogTooLong
        tell(Stage.COPYING, total - remaining, total)

    # The source is never opened but by SQLite: closing another handle would let go of this process's locks on it.
    with closing(connect(source)) as reading, closing(sqlite3.connect(draft, isolation_level=None)) as writing:
        writing.execute("PRAGMA synchronous=OFF")
        writing.execute("PRAGMA journal_mode=OFF")
        try:
            # Within a transaction what others commit does not make the copy start over.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            before = _size(log)
            reading.backup(writing, pages=STEP_PAGES, progress=look)
        except sqlite3.Error as error:
            raise BackupError(Message("The cache cannot be copied: {reason}", {"reason": str(error)})) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
