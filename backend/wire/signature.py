"""The signature beside a batch: COSE_Sign1 (RFC 9052) with Ed25519 (RFC 9053, 2.2), detached, in exactly one encoding.

A batch stays as it was committed; its signature is kept and sent next to it. Only the deterministic encoding below is
accepted, so the envelope needs no CBOR parser: whatever differs from it by a byte was not made by a client of ours.
"""

import hashlib
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ID_BYTES = 16
SIGNATURE_BYTES = 64
CONTEXT = b"enemado batch 1"
"""External data under the signature of a batch: what was signed for another purpose is never one."""
_PROTECTED_HEAD = bytes.fromhex("a2 01 27 04 50")  # {1 (alg): -8 (EdDSA), 4 (kid): bytes(16)}
_PROTECTED_BYTES = len(_PROTECTED_HEAD) + KEY_ID_BYTES
_HEAD = bytes.fromhex("d2 84 55") + _PROTECTED_HEAD  # tag 18, array(4), bytes(21)
_MIDDLE = bytes.fromhex("a0 f6 58 40")  # {} unprotected, nil as detached payload, bytes(64)
ENVELOPE_BYTES = len(_HEAD) + KEY_ID_BYTES + len(_MIDDLE) + SIGNATURE_BYTES
_SIGNATURE1 = bytes.fromhex("84 6a") + b"Signature1"  # array(4), text(10)


class Forged(Exception):
    """The signature is not one of this key over these bytes."""


class Signer(Protocol):
    """Whoever may sign for a node."""

    @property
    def key_id(self) -> bytes:
        """First 16 bytes of the SHA-256 of the public key."""
        ...

    def sign(self, batch: bytes) -> bytes:
        """The envelope to be kept beside the batch."""
        ...


def key_id_of(public: Ed25519PublicKey) -> bytes:
    """What names a key, in envelopes, in certificates and in the revocation list."""
    return hashlib.sha256(public.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def sign(private: Ed25519PrivateKey, key_id: bytes, data: bytes, context: bytes = CONTEXT) -> bytes:
    """The envelope of a batch, or of what else ``context`` names."""
    return _HEAD + key_id + _MIDDLE + private.sign(signed_bytes(key_id, data, context))


def read_key_id(envelope: bytes) -> bytes:
    """Whose signature it claims to be, before anything is verified. Raises ``Forged`` for any other form."""
    end = len(_HEAD) + KEY_ID_BYTES
    if len(envelope) != ENVELOPE_BYTES or not envelope.startswith(_HEAD) or not envelope.startswith(_MIDDLE, end):
        raise Forged("not an envelope in the one form that is accepted")
    return envelope[len(_HEAD) : end]


def verify(envelope: bytes, data: bytes, public: Ed25519PublicKey, context: bytes = CONTEXT) -> None:
    """Nothing if this key signed exactly these bytes. Raises ``Forged``."""
    key_id = read_key_id(envelope)
    if key_id != key_id_of(public):
        raise Forged("signed by another key")
    try:
        public.verify(envelope[-SIGNATURE_BYTES:], signed_bytes(key_id, data, context))
    except InvalidSignature as error:
        raise Forged("the signature does not fit the bytes") from error


def signed_bytes(key_id: bytes, data: bytes, context: bytes = CONTEXT) -> bytes:
    """Sig_structure of RFC 9052, 4.4: context, protected header, external data, payload."""
    protected = _byte_string(_PROTECTED_HEAD + key_id)
    return b"".join((_SIGNATURE1, protected, _byte_string(context), _byte_string(data)))


def _byte_string(data: bytes) -> bytes:
    """A CBOR byte string with its shortest length (RFC 8949, 4.2.1)."""
    size = len(data)
    if size < 24:
        return bytes([0x40 | size]) + data
    width = next(width for width in (1, 2, 4, 8) if size < 1 << 8 * width)
    return bytes([{1: 0x58, 2: 0x59, 4: 0x5A, 8: 0x5B}[width]]) + size.to_bytes(width, "big") + data
