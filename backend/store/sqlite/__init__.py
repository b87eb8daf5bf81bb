"""The store in one SQLite file: journal, fragments, chunks and roll-ups."""

from backend.store.sqlite.retention import Retention
from backend.store.sqlite.store import SqliteStore, open_store

__all__ = ["Retention", "SqliteStore", "open_store"]
