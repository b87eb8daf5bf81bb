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
    """For one thread."""

    def __init__(self, authority: Authority, clock: Clock) -> None:
        self._authority = authority
        self._clock = clock
        self._known: dict[bytes, tuple[str, Ed25519PublicKey] | Reason] = {}
        self._speaks: dict[tuple[str, str], bool] = {}
        self._as_of = b""
        self._until = 0.0

    def find(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        """Node and key, or why its signatures do not count. Raises ``sqlite3.Error`` and ``OSError``."""
        found = self._known.get(key_id)
        if found is None:
            found = self._known[key_id] = self._ask(key_id)
        return found

    def look(self) -> None:
        """Forget what may have changed; once before each parcel. Raises ``OSError``."""
        as_of, now = self._authority.registry.version(), self._clock.monotonic()
        if as_of != self._as_of or now >= self._until:
            self._known.clear()
            self._speaks.clear()
            self._as_of, self._until = as_of, now + FRESH_S

    def may_speak(self, caller: str, node: str) -> bool:
        """Whether batches of this node are taken from this caller. Raises ``sqlite3.Error`` and ``OSError``."""
        if caller == node:
            return True
        known = self._speaks.get((caller, node))
        if known is None:
            known = self._speaks[caller, node] = self._authority.speaks_for(caller, node)
        return known

    def _ask(self, key_id: bytes) -> tuple[str, Ed25519PublicKey] | Reason:
        found = self._authority.find(key_id)
        if found is None:
            return Reason.UNKNOWN_KEY
        return Reason.REVOKED if found.revoked else (found.node, found.public)
