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

    def read(self, device: str) -> str | None:
        """The secret of a device key, or None."""
        keyring = usable_keyring()
        found = keyring.get_password(SERVICE, device) if keyring is not None else None
        return found if found is not None else self._from_file().get(device)

    def read_all(self, devices: Sequence[str]) -> Mapping[str, str]:
        """The secrets of these device keys, where there are some."""
        return {device: secret for device in devices if (secret := self.read(device)) is not None}

    def keep(self, device: str, secret: str) -> bool:
        """Keep a secret; True where the keyring took it, False where it went into the file. Raises ``OSError``."""
        keyring: Any = usable_keyring()
        if keyring is not None:
            keyring.set_password(SERVICE, device, secret)
            if keyring.get_password(SERVICE, device) == secret:
                self._write({name: kept for name, kept in self._from_file().items() if name != device})
                return True
        self._write({**self._from_file(), device: secret})
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


def usable_keyring() -> Any | None:
    """A keyring back end that gives back what it was given and keeps it secret; None where there is none."""
    import keyring
    from keyring.backends import chainer
    from keyring.errors import KeyringError

    backend = cast("Any", keyring.get_keyring())
    members = list(backend.backends) if isinstance(backend, chainer.ChainerBackend) else [backend]
    if not members or any(type(member).__module__.startswith(_USELESS) for member in members):
        return None
    try:
        word = os.urandom(8).hex()
        backend.set_password(SERVICE, _PROBE, word)
        proved = backend.get_password(SERVICE, _PROBE) == word
        backend.delete_password(SERVICE, _PROBE)
    except (KeyringError, OSError, RuntimeError):
        return None
    return backend if proved else None
