"""The key of a node: made at the first start, kept beside the cache, signing every batch; and the one that takes over from it."""

from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from backend.identity.cabinet import Cabinet, KeyLost, Place, write_private
from backend.identity.certificates import NotACertificate, holder_of, read_certificate
from backend.wire.signature import key_id_of, sign

_log = structlog.get_logger(__name__)


class NodeKey:
    """Signs for a node; a ``backend.wire.signature.Signer``. Threads may sign while another key takes over."""

    def __init__(self, private: Ed25519PrivateKey, key_id: bytes, place: Place, is_new: bool = False) -> None:
        self._pair = (private, key_id)
        self.place = place
        self.is_new = is_new
        """Made just now: nobody knows it yet."""

    @property
    def private(self) -> Ed25519PrivateKey:
        """What signs now."""
        return self._pair[0]

    @property
    def key_id(self) -> bytes:
        """First 16 bytes of the SHA-256 of the public key."""
        return self._pair[1]

    def sign(self, batch: bytes) -> bytes:
        """The envelope to be kept beside the batch."""
        private, key_id = self._pair
        return sign(private, key_id, batch)

    def become(self, private: Ed25519PrivateKey, place: Place) -> None:
        """From now on this key signs."""
        self._pair, self.place, self.is_new = (private, key_id_of(private.public_key())), place, True


def key_cabinet(cache: Path) -> Cabinet:
    """Where the key of the node with this cache file is kept."""
    return Cabinet(cache.with_name(cache.name + ".key"))


def next_cabinet(cache: Path) -> Cabinet:
    """Where the key waits that shall take over once the parent has confirmed it."""
    return Cabinet(cache.with_name(cache.name + ".key.next"))


def certificate_file(cache: Path) -> Path:
    """What the parent gave the node."""
    return cache.with_name(cache.name + ".certificate")


def open_node_key(cache: Path) -> NodeKey:
    """The node's key, a new one where there is none or where it cannot be had: collecting never waits for a keyring.

    Raises ``OSError`` where a new one cannot be kept.
    """
    promote(cache)
    cabinet = key_cabinet(cache)
    kept = _load(cabinet)
    if kept is not None:
        return NodeKey(kept, key_id_of(kept.public_key()), cabinet.place())
    private = Ed25519PrivateKey.generate()
    place = keep_node_key(cabinet, private)
    if place is Place.FILE:
        _log.warning("no keyring: the key of this node is in a file that only this user can read", path=str(cabinet.path))
    return NodeKey(private, key_id_of(private.public_key()), place, is_new=True)


def keep_node_key(cabinet: Cabinet, private: Ed25519PrivateKey) -> Place:
    """Raises ``OSError``."""
    return cabinet.keep(private, f"node-key {key_id_of(private.public_key()).hex()}")


def promote(cache: Path) -> Ed25519PrivateKey | None:
    """Let the next key take over if the certificate is for it; the former is gone then. Raises ``OSError``.

    The certificate decides: it is written in one step, so that a node which dies in between goes on here.
    """
    waiting = next_cabinet(cache)
    private = _load(waiting)
    if private is None or not is_for(certificate_file(cache), private):
        return None
    former = _load(key_cabinet(cache))
    if former is not None:
        _remember(cache, former.public_key())
    keep_node_key(key_cabinet(cache), private)
    waiting.clear()
    return private


def former_keys(cache: Path) -> list[Ed25519PublicKey]:
    """Public keys that others took over from, so that what they signed can be verified for ever. Raises ``OSError``."""
    path = _former_file(cache)
    lines = path.read_text(encoding="ascii").split() if path.exists() else []
    return [Ed25519PublicKey.from_public_bytes(bytes.fromhex(line)) for line in lines]


def _remember(cache: Path, public: Ed25519PublicKey) -> None:
    lines = {each.public_bytes_raw().hex(): None for each in (*former_keys(cache), public)}
    write_private(_former_file(cache), "\n".join(lines).encode("ascii"))


def _former_file(cache: Path) -> Path:
    return cache.with_name(cache.name + ".keys")


def is_rotating(cache: Path) -> bool:
    """Whether a key waits to take over: the parent may know it already, and the present one renews no more then."""
    return next_cabinet(cache).place() is not Place.NOWHERE


def open_next_key(cache: Path) -> Ed25519PrivateKey:
    """The key that shall take over: always the same until it has. Raises ``OSError``."""
    waiting = next_cabinet(cache)
    private = _load(waiting)
    if private is None:
        private = Ed25519PrivateKey.generate()
        waiting.keep(private, f"next-node-key {key_id_of(private.public_key()).hex()}")
    return private


def is_for(certificate: Path, private: Ed25519PrivateKey) -> bool:
    """Whether there is a certificate, and for this key. Raises ``OSError``."""
    try:
        return holder_of(read_certificate(certificate.read_bytes())).public == private.public_key()
    except (FileNotFoundError, NotACertificate):
        return False


def _load(cabinet: Cabinet) -> Ed25519PrivateKey | None:
    try:
        kept = cabinet.load()
    except KeyLost:
        _log.error("the key of this node cannot be had; a new one is made and has to be enrolled", path=str(cabinet.path))
        return None
    return kept if isinstance(kept, Ed25519PrivateKey) else None
