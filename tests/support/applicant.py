"""A node that wants to belong, with its key; and one that belongs."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import Answer, Authority
from backend.identity.certificates import make_request
from backend.identity.credentials import Credentials
from backend.identity.node_key import key_cabinet
from backend.wire.signature import key_id_of


class Applicant:
    """Applies for a name."""

    def __init__(self, name: str = "school") -> None:
        self.name = name
        self.private = Ed25519PrivateKey.generate()
        self.key_id = key_id_of(self.private.public_key())
        self.request = make_request(self.private, name)

    def join(self, authority: Authority, now_ms: int) -> Answer:
        """Apply with a code and be confirmed."""
        authority.apply(authority.make_code(self.name, now_ms), self.request, now_ms)
        authority.confirm(self.key_id, now_ms)
        return authority.apply("", self.request, now_ms)

    def settle(self, authority: Authority, cache: Path, now_ms: int) -> Credentials:
        """Join, and keep key and certificate beside a cache as a node does."""
        answer = self.join(authority, now_ms)
        key_cabinet(cache).keep(self.private, f"node-key {self.key_id.hex()}")
        credentials = Credentials(cache)
        credentials.keep(answer.certificate, answer.authorities)
        return credentials
