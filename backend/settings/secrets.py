"""Secrets of devices: in the system's keyring where it proves to work, else in a file that only this user can read."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

SERVICE = "enemado"
_PROBE = "round-trip"
_USELESS = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt.file", "keyring.backends.chainer")
"""Back ends that keep nothing, or keep it in plain text. A chainer is judged by its members."""


class SecretStore:
    """Reads from the keyring first, then from the file."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds the file for computers without a keyring."""
        self.file = folder / "secrets.json"

    def read_all(self, devices: Sequence[str]) -> Mapping[str, str]:
        """The secrets of these device keys, where there are some."""
        keyring, file = usable_keyring(), self._from_file()
        found = {device: (keyring.get(device) if keyring else None) or file.get(device) for device in devices}
        return {device: secret for device, secret in found.items() if secret}

    def keep(self, device: str, secret: str) -> bool:
        """Keep a secret; True where the keyring took it, False where it went into the file. Raises ``OSError``."""
        keyring = usable_keyring()
        others = {name: kept for name, kept in self._from_file().items() if name != device}
        if keyring is not None and keyring.keeps(device, secret):
            self._write(others)
            return True
        self._write({**others, device: secret})
        return False

    def _from_file(self) -> dict[str, str]:
        try:
            return cast("dict[str, str]", json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _write(self, secrets: Mapping[str, str]) -> None:
        if not secrets and not self.file.exists():
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(dict(secrets), file, ensure_ascii=False)
        draft.replace(self.file)


class Keyring:
    """A keyring back end, used for our own entries only."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def get(self, name: str) -> str | None:
        """What is kept under a name."""
        return self._backend.get_password(SERVICE, name)

    def keeps(self, name: str, secret: str) -> bool:
        """Keep it and look whether it really is kept."""
        self._backend.set_password(SERVICE, name, secret)
        return self.get(name) == secret

    def forget(self, name: str) -> None:
        """Remove an entry."""
        self._backend.delete_password(SERVICE, name)


def usable_keyring() -> Keyring | None:
    """A keyring that gives back what it was given and keeps it secret; None where there is none."""
    import keyring
    from keyring.backends import chainer
    from keyring.errors import KeyringError

    backend: Any = keyring.get_keyring()
    members: list[object] = list(backend.backends) if isinstance(backend, chainer.ChainerBackend) else [backend]
    if not members or any(type(member).__module__.startswith(_USELESS) for member in members):
        return None
    found = Keyring(backend)
    try:
        proved = found.keeps(_PROBE, os.urandom(8).hex())
        found.forget(_PROBE)
    except (KeyringError, OSError, RuntimeError):
        return None
    return found if proved else None
