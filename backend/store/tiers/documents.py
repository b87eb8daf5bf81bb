"""Small frozen dataclasses kept whole under (kind, key)."""

from collections.abc import Iterable

import msgspec

from backend.model.delivery import State
from backend.model.device import DeviceStatus
from backend.store.tiers.tables import WritableTables

_encode = msgspec.msgpack.Encoder().encode


class Documents:
    """Writes within the caller's transaction."""

    def __init__(self, database: WritableTables) -> None:
        self._database = database

    def put(self, kind: str, key: str, document: object) -> None:
        """Keep one document."""
        self._database.execute(
            "INSERT INTO document (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, _encode(document)),
        )

    def put_states(self, states: Iterable[State]) -> None:
        """Keep the latest state of devices and connectors."""
        for state in states:
            if isinstance(state, DeviceStatus):
                self.put("status", state.device, state)
            else:
                self.put("connector", f"{state.device}#{state.connector}", state)

    def replace_all(self, kind: str, documents: Iterable[tuple[str, object]]) -> None:
        """Make these the only documents of a kind."""
        self._database.execute("DELETE FROM document WHERE kind = ?", (kind,))
        for key, document in documents:
            self.put(kind, key, document)
