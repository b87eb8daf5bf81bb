"""Small frozen dataclasses kept whole under (kind, key)."""

from collections.abc import Iterable

import msgspec

from backend.store.sqlite.database import Database

_encode = msgspec.msgpack.Encoder().encode


class Documents:
    """Writes within the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, key: str, document: object) -> None:
        """Keep one document."""
        self._database.execute(
            "INSERT OR REPLACE INTO document (kind, key, body) VALUES (?, ?, ?)", (kind, key, _encode(document))
        )

    def replace_all(self, kind: str, documents: Iterable[tuple[str, object]]) -> None:
        """Make these the only documents of a kind."""
        self._database.execute("DELETE FROM document WHERE kind = ?", (kind,))
        for key, document in documents:
            self.put(kind, key, document)
