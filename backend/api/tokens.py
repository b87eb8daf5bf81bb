"""Tokens of the API: long random words with a name and scopes; the file holds their digests only."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from backend.model.delivery import StorageError

_DAY_MS = 86_400_000
_PREFIX = "enemado"


class Scope(StrEnum):
    """What a token may see; nothing is included in anything else, and nothing is allowed unasked."""

    PLACES = "read:places"
    """The node, sites, devices and points."""
    VALUES = "read:values"
    """Newest readings, history and energy."""
    EVENTS = "read:events"
    """What happened."""
    CHARGERS = "read:chargers"
    """Chargers, their connectors and sessions."""
    WRITE = "write:readings"
    """Readings of the devices that the token names: for a gateway of a third party, which vouches for them."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept. The word itself is shown once, when it is made."""

    id: str
    """Begins the word, so that a log can name a token without giving it away."""
    name: str
    """For whom it was made."""
    digest: str
    """SHA-256 of the word; a random word of 256 bits needs no slow hash."""
    scopes: tuple[Scope, ...]
    created_ms: int
    expires_ms: int
    devices: tuple[str, ...] = ()
    """Keys of the devices that it may speak for."""


class TokenFile:
    """The tokens of one node, in a file beside its cache that only this user can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._tokens: dict[str, Token] = {}

    def create(
        self, name: str, scopes: Sequence[Scope], now_ms: int, days: int, devices: Sequence[str] = ()
    ) -> tuple[Token, str]:
        """A new token and its word; ``devices`` are those that it may speak for.

        Raises ``StorageError`` or ``OSError`` where it cannot be kept.
        """
        tokens, identity = self.all(), secrets.token_hex(6)
        word = f"{_PREFIX}_{identity}_{secrets.token_urlsafe(32)}"
        kept = tuple(scope for scope in Scope if scope in scopes)
        token = Token(identity, name, _digest(word), kept, now_ms, now_ms + days * _DAY_MS, tuple(devices))
        self._write([*tokens, token])
        return token, word

    def revoke(self, identity: str) -> bool:
        """Forget a token; a running node refuses it from then on. False where there is none."""
        tokens = self.all()
        others = [token for token in tokens if token.id != identity]
        if len(others) == len(tokens):
            return False
        self._write(others)
        return True

    def all(self) -> list[Token]:
        """Every token, oldest first. Raises ``StorageError`` where the file is damaged."""
        self._refresh()
        return list(self._tokens.values())

    def find(self, word: str, now_ms: int) -> Token | None:
        """The token of this word, unless it is unknown, revoked or expired. Raises ``StorageError``."""
        self._refresh()
        token = self._tokens.get(_identity(word))
        if token is None or not hmac.compare_digest(token.digest, _digest(word)):
            return None
        return token if now_ms < token.expires_ms else None

    def _refresh(self) -> None:
        """Read the file again where it has changed."""
        try:
            facts = self.path.stat()
            seen = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if seen != self._seen:
                found = msgspec.json.decode(self.path.read_bytes(), type=list[Token])
                self._tokens, self._seen = {token.id: token for token in found}, seen
        except FileNotFoundError:
            self._tokens, self._seen = {}, None
        except (OSError, msgspec.MsgspecError) as error:
            raise StorageError(f"{self.path}: {error}") from error

    def _write(self, tokens: Sequence[Token]) -> None:
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(list(tokens)), indent=1))
        draft.replace(self.path)


def token_file(cache: Path) -> TokenFile:
    """The tokens of the node of this cache."""
    return TokenFile(cache.with_name(f"{cache.name}.tokens"))


def _identity(word: str) -> str:
    parts = word.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == _PREFIX else ""


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
