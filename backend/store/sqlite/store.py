"""Opening the cache file for writing."""

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from backend.model.clock import Clock
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from backend.store.sqlite.lock import StoreLock
from backend.store.sqlite.place import make_place
from backend.wire.signature import Signer


@contextlib.asynccontextmanager
async def open_store(
    path: Path, node: str, clock: Clock, retention: Retention | None = None, signer: Signer | None = None
) -> AsyncGenerator[ServedStore]:
    """Open the cache for writing, alone; every batch is signed where there is a signer.

    Raises ``StoreLocked`` naming who holds it, ``StoreNewer``, ``StorageError``.
    """
    make_place(path)
    lock = StoreLock(path, clock.now_ms())
    store = ServedStore(Ledger(Database(path), node, clock, retention or Retention(), signer))
    try:
        await store.open()
        yield store
    finally:
        await store.close()
        lock.release()
