"""The store in PostgreSQL: several processes may write, one of them folds."""

from backend.store.postgres.store import open_store

__all__ = ["open_store"]
