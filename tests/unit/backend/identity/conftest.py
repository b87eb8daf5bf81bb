"""A town's authority, and nodes that want to belong."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.authority import Answer, Authority
from backend.identity.certificates import make_request
from backend.wire.signature import key_id_of

NOW_MS = 1_795_402_800_000
DAY_MS = 86_400_000


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "ca")
    made.create("Town", NOW_MS)
    return made


class Applicant:
    """A node with its key."""

    def __init__(self, name: str = "school") -> None:
        self.name = name
        self.private = Ed25519PrivateKey.generate()
        self.key_id = key_id_of(self.private.public_key())
        self.request = make_request(self.private, name)

    def join(self, authority: Authority, now_ms: int = NOW_MS) -> Answer:
        authority.apply(authority.make_code(self.name, now_ms), self.request, now_ms)
        authority.confirm(self.key_id, now_ms)
        return authority.apply("", self.request, now_ms)


@pytest.fixture
def school() -> Applicant:
    return Applicant()
