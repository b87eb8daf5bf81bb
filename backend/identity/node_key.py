"""The key of a node: made at the first start, kept beside the cache, signing every batch."""

from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.cabinet import Cabinet, KeyLost, Place
from backend.wire.signature import key_id_of, sign

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NodeKey:
    """Signs for a node; a ``backend.wire.signature.Signer``."""

    private: Ed25519PrivateKey
    key_id: bytes
    place: Place
    is_new: bool = False
    """Made just now: nobody knows it yet."""

    def sign(self, batch: bytes) -> bytes:
        """The envelope to be kept beside the batch."""
        return sign(self.private, self.key_id, batch)


def key_cabinet(cache: Path) -> Cabinet:
    """Where the key of the node with this cache file is kept."""
    return Cabinet(cache.with_name(cache.name + ".key"))


def open_node_key(cache: Path) -> NodeKey:
    """The node's key, a new one where there is none or where it cannot be had: collecting never waits for a keyring.

    Raises ``OSError`` where a new one cannot be kept.
    """
    cabinet = key_cabinet(cache)
    try:
        kept = cabinet.load()
    except KeyLost:
        _log.error("the key of this node cannot be had; a new one is made and has to be enrolled", path=str(cabinet.path))
        kept = None
    if isinstance(kept, Ed25519PrivateKey):
        return NodeKey(kept, key_id_of(kept.public_key()), cabinet.place())
    private = Ed25519PrivateKey.generate()
    key_id = key_id_of(private.public_key())
    place = cabinet.keep(private, f"node-key {key_id.hex()}")
    if place is Place.FILE:
        _log.warning("no keyring: the key of this node is in a file that only this user can read", path=str(cabinet.path))
    return NodeKey(private, key_id, place, is_new=True)
