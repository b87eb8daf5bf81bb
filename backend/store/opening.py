"""Opening a store for writing, wherever the settings say it lies."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.store import sqlite
from backend.store.reader import NO_POSTGRES
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.wire.signature import Signer


def open_store(
    place: Path | str, node: str, clock: Clock, retention: Retention | None = None, signer: Signer | None = None
) -> AbstractAsyncContextManager[ServedStore]:
    """A cache file, or a database by its address (``postgresql://…``). Raises ``StorageError``."""
    if isinstance(place, Path):
        return sqlite.open_store(place, node, clock, retention, signer)
    try:
        from backend.store import postgres
    except ImportError as error:
        raise StorageError(NO_POSTGRES) from error
    return postgres.open_store(place, node, clock, retention, signer)
