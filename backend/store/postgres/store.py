"""Opening the PostgreSQL store."""

import contextlib
from collections.abc import AsyncGenerator
from functools import partial

from backend.model.clock import Clock
from backend.store.postgres.ledger import Ledger
from backend.store.postgres.source import PostgresSource
from backend.store.reader import Opening
from backend.store.retention import Retention
from backend.store.served import ServedStore


@contextlib.asynccontextmanager
async def open_store(address: str, node: str, clock: Clock, retention: Retention | None = None) -> AsyncGenerator[ServedStore]:
    """Open a database (``postgresql://…``) for writing under this node's name. Raises ``StoreTaken`` and ``StorageError``."""
    store = ServedStore(Ledger(address, node, clock, retention or Retention()))
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def open_reader(address: str) -> Opening:
    """Open a database for reading; any number at once. Raises ``StorageError`` where there is no store yet."""
    return Opening(partial(PostgresSource, address))
