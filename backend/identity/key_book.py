"""Every public key whose signatures a node can verify: its own, the former ones, and those of its authority."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.identity.authority import Authority
from backend.identity.cabinet import KeyLost
from backend.identity.node_key import former_keys, key_cabinet
from backend.wire.signature import key_id_of


class KeyBook:
    """Of the node with this cache, and with the authority in ``folder`` where it has one."""

    def __init__(self, cache: Path, folder: Path | None) -> None:
        self._cache = cache
        authority = Authority(folder) if folder else None
        self._authority = authority if authority and authority.exists else None

    def find(self, key_id: bytes) -> tuple[Ed25519PublicKey, bool] | None:
        """The key, and whether it was revoked. Raises ``OSError`` and ``sqlite3.Error``."""
        known = self._authority.find(key_id) if self._authority else None
        if known is not None:
            return known.public, known.revoked
        own = {key_id_of(public): public for public in (*former_keys(self._cache), *self._present())}
        return (own[key_id], False) if key_id in own else None

    def _present(self) -> list[Ed25519PublicKey]:
        try:
            kept = key_cabinet(self._cache).load()
        except KeyLost:
            return []
        public = kept.public_key() if kept else None
        return [public] if isinstance(public, Ed25519PublicKey) else []
