"""The store in one SQLite file: journal, fragments, chunks and roll-ups."""

from backend.store.retention import Retention
from backend.store.sqlite.store import open_store

__all__ = ["Retention", "open_store"]
