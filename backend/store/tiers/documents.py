"""Small frozen dataclasses kept whole under (kind, key)."""

from collections.abc import Iterable, Mapping

import msgspec

from backend.model.delivery import State
from backend.model.device import DeviceStatus
from backend.store.tiers.tables import WritableTables
from backend.store.tiers.versions import OWN, Version

SHARED = frozenset({"node", "clear_sky"})
"""Kinds that are sealed into a batch when they change, because parents and viewers need them."""
_encode = msgspec.msgpack.Encoder().encode
_PUT = (
    "INSERT INTO document (kind, key, body, origin, sequence, sealed_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, key)"
    " DO UPDATE SET body = excluded.body, origin = excluded.origin, sequence = excluded.sequence, sealed_ms = excluded.sealed_ms"
)
_IF_NEWER = (  # As ``Version.replaces`` has it.
    " WHERE CASE WHEN document.origin = excluded.origin THEN document.sequence <= excluded.sequence"
    " ELSE document.sealed_ms <= excluded.sealed_ms END"
)


class Documents:
    """Writes within the caller's transaction."""

    def __init__(self, database: WritableTables) -> None:
        self._database = database

    def put(self, kind: str, key: str, body: bytes) -> None:
        """Keep one document of this node."""
        self._put(_PUT, kind, key, body, OWN)

    def put_states(self, states: Iterable[State]) -> None:
        """Keep the latest state of this node's devices and connectors."""
        for state in states:
            self.put(*state_key(state), _encode(state))

    def put_newer(self, kind: str, key: str, body: bytes | None, version: Version) -> None:
        """Keep what another node says, None for what it has removed, unless something newer is kept."""
        self._put(_PUT + _IF_NEWER, kind, key, body or b"", version)

    def replace_own(self, kind: str, documents: Mapping[str, bytes]) -> None:
        """Make these the only documents of a kind that are this node's own."""
        self._database.execute("DELETE FROM document WHERE kind = ? AND origin = 0", (kind,))
        for key, body in documents.items():
            self.put(kind, key, body)

    def remove(self, kind: str, key: str) -> None:
        """Keep it no more."""
        self._database.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def body(self, kind: str, key: str) -> bytes | None:
        """What is kept."""
        body: bytes | None = self._database.one("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key))
        return body

    def _put(self, sql: str, kind: str, key: str, body: bytes, version: Version) -> None:
        self._database.execute(sql, (kind, key, body, version.origin, version.sequence, version.sealed_ms))


def state_key(state: State) -> tuple[str, str]:
    """Kind and key under which a state is kept."""
    if isinstance(state, DeviceStatus):
        return "status", state.device
    return "connector", f"{state.device}#{state.connector}"


def encode(document: object) -> bytes:
    """A small frozen dataclass as it is kept."""
    return _encode(document)
