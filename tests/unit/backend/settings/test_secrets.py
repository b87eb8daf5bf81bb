"""Secrets go where they are safe, and nowhere else."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends import null
from keyring.errors import KeyringLocked, PasswordDeleteError

from backend.settings.secrets import SecretStore, usable_keyring


class Memory(keyring.backend.KeyringBackend):
    """A keyring that works."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class Forgetful(Memory):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = "something else"


class Locked(Memory):
    """Is locked and nobody is there to open it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked


@pytest.fixture(autouse=True)
def own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_keyring_that_proves_itself_is_used(tmp_path: Path) -> None:
    backend, store = Memory(), SecretStore(tmp_path)
    keyring.set_keyring(backend)
    assert store.keep("school/cp1", "sixteen letters!")
    assert store.read_all(["school/cp1", "school/cp2"]) == {"school/cp1": "sixteen letters!"}
    assert not store.file.exists()
    assert list(backend.kept) == [("enemado", "school/cp1")]


@pytest.mark.parametrize("backend", [null.Keyring(), Forgetful(), Locked()], ids=["null", "forgetful", "locked"])
def test_any_other_is_not_and_the_file_is_for_this_user_only(tmp_path: Path, backend: keyring.backend.KeyringBackend) -> None:
    keyring.set_keyring(backend)
    assert usable_keyring() is None
    store = SecretStore(tmp_path)
    assert not store.keep("school/cp1", "secret one")
    assert not store.keep("school/cp2", "secret two")
    assert store.read_all(["school/cp1", "school/cp2"]) == {"school/cp1": "secret one", "school/cp2": "secret two"}
    if sys.platform != "win32":
        assert stat.S_IMODE(store.file.stat().st_mode) == 0o600


def test_a_secret_moves_from_the_file_into_the_keyring(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    keyring.set_keyring(null.Keyring())
    store.keep("school/cp1", "old")
    keyring.set_keyring(Memory())
    assert store.keep("school/cp1", "new")
    assert "old" not in store.file.read_text()
    assert store.read_all(["school/cp1"]) == {"school/cp1": "new"}


def test_a_damaged_file_is_no_secret(tmp_path: Path) -> None:
    keyring.set_keyring(null.Keyring())
    store = SecretStore(tmp_path)
    store.file.write_text("{half")
    assert store.read_all(["school/cp1"]) == {}
