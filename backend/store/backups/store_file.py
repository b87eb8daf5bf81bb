"""A cache file into one file that can be checked, and back into an empty place."""

import sqlite3
from contextlib import closing
from pathlib import Path

from backend import __version__
from backend.model.message import Message
from backend.store.backups.copying import copy_live
from backend.store.backups.manifest import Contents, Manifest, examine
from backend.store.backups.packing import pack, unpack
from backend.store.backups.places import BackupError, check_empty, publish, room, workshop
from backend.store.backups.progress import Tell
from backend.store.sqlite.lock import StoreLock
from backend.store.sqlite.place import make_place
from backend.store.tiers.meta import Meta


def back_up(cache: Path, target: Path, now_ms: int, tell: Tell) -> Manifest:
    """One moment of a cache, whether or not its node runs. Raises ``StorageError`` and ``OSError``, and leaves nothing then."""
    check_empty(target)
    with workshop(target) as folder:
        copy, packed = folder / "store", folder / "packed"
        copy_live(cache, copy, tell)
        manifest = Manifest(__version__, now_ms, examine(copy, tell))
        pack(copy, manifest, packed, tell)
        packed.chmod(0o600)
        publish(packed, target)
    return manifest


def check(source: Path, tell: Tell) -> Manifest:
    """Unpack and verify everything, and keep nothing. Raises ``BackupError`` and ``OSError``."""
    with room(source) as folder:
        return _unpack(source, folder / "store", tell)


def restore(source: Path, cache: Path, now_ms: int, tell: Tell) -> Manifest:
    """Put a verified store in an empty place; its node begins a new epoch there. Raises ``StorageError`` and ``OSError``."""
    make_place(cache)
    lock = StoreLock(cache, now_ms)
    try:
        check_empty(cache, cache.with_name(cache.name + "-wal"), cache.with_name(cache.name + "-shm"))
        with workshop(cache) as folder:
            draft = folder / "store"
            manifest = _unpack(source, draft, tell)
            _mark(draft, now_ms)
            publish(draft, cache)
    finally:
        lock.release()
    return manifest


def _unpack(source: Path, draft: Path, tell: Tell) -> Manifest:
    manifest = unpack(source, draft, tell)
    found = examine(draft, tell)
    if found != manifest.contents:
        values: dict[str, str | int | float] = {"path": str(source), "names": ", ".join(_differences(found, manifest.contents))}
        raise BackupError(Message("{path} does not hold what it says: {names}", values))
    return manifest


def _differences(one: Contents, other: Contents) -> list[str]:
    return [name for name in Contents.__struct_fields__ if getattr(one, name) != getattr(other, name)]


def _mark(draft: Path, now_ms: int) -> None:
    """Have the store know that it was brought back; closing the connection leaves no log behind."""
    with closing(sqlite3.connect(draft)) as connection, connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (Meta.RESTORED, now_ms))
