"""Opening the PostgreSQL store."""

import contextlib
from collections.abc import AsyncGenerator

from backend.model.clock import Clock
from backend.store.postgres.ledger import Ledger
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.wire.signature import Signer


@contextlib.asynccontextmanager
async def open_store(
    address: str, node: str, clock: Clock, retention: Retention | None = None, signer: Signer | None = None
) -> AsyncGenerator[ServedStore]:
    """Open a database (``postgresql://…``) for writing under this node's name; every batch is signed where there is a signer.

    Raises ``StoreTaken``, ``DatabaseNewer``, ``StorageError``.
    """
    store = ServedStore(Ledger(address, node, clock, retention or Retention(), signer))
    try:
        await store.open()
        yield store
    finally:
        await store.close()
