"""The store in PostgreSQL: several processes may write, one of them folds."""

from backend.store.postgres.store import open_reader, open_store

__all__ = ["open_reader", "open_store"]
