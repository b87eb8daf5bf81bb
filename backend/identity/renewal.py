"""The node's side of belonging: what it asks its parent for, and when."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.certificates import begins_ms, ends_ms, make_request, read_certificate
from backend.wire.signature import key_id_of, sign

RENEWAL = b"enemado renewal 1"
"""Context of a renewal's signature: it can never be taken for a batch's."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Sent over TLS without a client certificate, because the present one may have ended."""

    certificate: bytes
    """PEM of the present one."""
    request: bytes
    """PEM, for the same key or a new one."""
    envelope: bytes
    """Signature of the present key over the request."""


def ask_renewal(present: Ed25519PrivateKey, certificate: bytes, node: str, new: Ed25519PrivateKey | None = None) -> Renewal:
    """A renewal; ``new`` is the key that shall take over, where keys rotate too."""
    request = make_request(new or present, node)
    return Renewal(certificate, request, sign(present, key_id_of(present.public_key()), request, RENEWAL))


def is_due(certificate: bytes, now_ms: int) -> bool:
    """Whether a third of its life, or less, is left. Raises ``NotACertificate``."""
    found = read_certificate(certificate)
    begin, end = begins_ms(found), ends_ms(found)
    return now_ms >= end - (end - begin) // 3
