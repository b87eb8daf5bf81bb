"""Whose key it is: the authority's answers, remembered for a few seconds, because a parcel asks a thousand times."""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.identity.authority import Authority
from backend.model.clock import Clock
from backend.sync.reasons import Reason

FRESH_S = 30.0
"""A revocation counts at once, because the file shows that it changed, and after this time in any case."""


class Keys(Protocol):
    """Who may sign."""

    def find(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        """Node and key, or why its signatures do not count."""
        ...

    def may_speak(self, caller: str, node: str) -> bool:
        """Whether batches of this node are taken from this caller."""
        ...


class KnownKeys:
    """For a few threads: what two of them ask at once is looked up twice, and is the same."""

    def __init__(self, authority: Authority, clock: Clock) -> None:
        self._authority = authority
        self._clock = clock
        self._known: dict[bytes, tuple[str, Ed25519PublicKey] | Reason] = {}
        self._speaks: dict[tuple[str, str], bool] = {}
        self._as_of = b""
        self._until = 0.0

    def find(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        """Node and key, or why its signatures do not count. Raises ``sqlite3.Error`` and ``OSError``."""
        known = self._known
        found = known.get(key_id)
        if found is None:
            found = known[key_id] = self._ask(key_id)
        return found

    def look(self) -> None:
        """Forget what may have changed; once before each parcel. Raises ``OSError``."""
        as_of, now = self._authority.registry.version(), self._clock.monotonic()
        if as_of != self._as_of or now >= self._until:
            # Not cleared: another thread may be about to remember what it asked before.
            self._known, self._speaks = {}, {}
            self._as_of, self._until = as_of, now + FRESH_S

    def may_speak(self, caller: str, node: str) -> bool:
        """Whether batches of this node are taken from this caller. Raises ``sqlite3.Error`` and ``OSError``."""
        if caller == node:
            return True
        known = self._speaks
        found = known.get((caller, node))
        if found is None:
            found = known[caller, node] = self._authority.speaks_for(caller, node)
        return found

    def _ask(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        found = self._authority.find(key_id)
        if found is None:
            return Reason.UNKNOWN_KEY
        return Reason.REVOKED if found.revoked else (found.node, found.public)
