"""Where one private key is kept: in the keyring where that proves to work, else in a file that only this user can read."""

import contextlib
import os
import stat
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from backend.settings.secrets import usable_keyring


class Place(StrEnum):
    """Where a key lies."""

    KEYRING = "keyring"
    FILE = "file"
    OPEN_FILE = "open file"
    """A file that others may read too."""
    LOST = "lost"
    """It was in the keyring, and the keyring does not give it back."""
    NOWHERE = "nowhere"
    """It has not been made yet."""


class KeyLost(Exception):
    """There was a key, and it cannot be had."""


class Cabinet:
    """Keeps one key. ``path`` is its file, or beside it the note that says under which name the keyring has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(path.name + "ring")

    def place(self) -> Place:
        """Where the key lies now."""
        if self.path.exists():
            others = os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077
            return Place.OPEN_FILE if others else Place.FILE
        if not self._note.exists():
            return Place.NOWHERE
        return Place.KEYRING if self._from_keyring() else Place.LOST

    def load(self) -> PrivateKeyTypes | None:
        """The key; None where none was made yet. Raises ``KeyLost`` and ``OSError``."""
        if self.path.exists():
            kept = self.path.read_bytes()
        elif self._note.exists():
            kept = self._from_keyring().encode()
        else:
            return None
        try:
            return load_pem_private_key(kept, None)
        except (ValueError, TypeError) as error:
            raise KeyLost(str(self.path)) from error

    def keep(self, key: PrivateKeyTypes, name: str) -> Place:
        """Keep a key, ``name`` being its own in the keyring of this user; the one before is gone. Raises ``OSError``."""
        former = self._name()
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keyring = usable_keyring()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if keyring is not None and keyring.keeps(name, text.decode()):
            write_private(self._note, name.encode())
            self.path.unlink(missing_ok=True)
            if former != name:
                self._forget(former)
            return Place.KEYRING
        write_private(self.path, text)
        return Place.FILE

    def clear(self) -> None:
        """Keep nothing any more. Raises ``OSError``."""
        self._forget(self._name())
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _name(self) -> str:
        return self._note.read_text(encoding="utf-8") if self._note.exists() else ""

    def _from_keyring(self) -> str:
        keyring = usable_keyring()
        return (keyring.get(self._name()) if keyring else None) or ""

    def _forget(self, name: str) -> None:
        from keyring.errors import KeyringError

        keyring = usable_keyring() if name else None
        if keyring is not None:
            # A keyring that is locked by now keeps it; nobody asks for it under this name again.
            with contextlib.suppress(KeyringError):
                keyring.forget(name)


def write_private(path: Path, data: bytes) -> None:
    """A whole file that only this user can read, on disk when this returns; the old one until then. Raises ``OSError``."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
