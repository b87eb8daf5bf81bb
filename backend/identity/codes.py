"""Enrolment codes: what an operator tells a node so that it may apply, and by which both sides know each other first."""

import hashlib
import hmac
import secrets

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that is taken for another."""
_LENGTH, _GROUP = 16, 4


def new_code() -> str:
    """78 random bits in groups that can be read out."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def digest_of(code: str) -> bytes:
    """What is kept of a code, however carelessly it was typed. It has 78 bits and lives for a day: a plain digest is enough."""
    return hashlib.sha256("".join(code.upper().replace("-", "").split()).encode()).digest()


def id_of(digest: bytes) -> str:
    """Names a code without telling it."""
    return hashlib.sha256(digest).hexdigest()[:16]


def prove(digest: bytes, authorities: bytes) -> bytes:
    """HMAC-SHA256 by which whoever has the code sees that these authorities come from who made it."""
    return hmac.digest(digest, authorities, "sha256")
