"""Keys stay where they were put, are read by nobody else, and come back."""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

import keyring
import pytest

from backend.identity.authority import Authority
from backend.identity.backup import NotABackup, back_up, restore
from backend.identity.cabinet import Cabinet, KeyLost, Place
from backend.identity.node_key import key_cabinet, open_node_key
from backend.identity.registry import Member, Registry
from backend.wire.signature import verify
from tests.support.applicant import Applicant
from tests.unit.backend.identity.conftest import NOW_MS


class Drawer:
    """A keyring that can be locked. Not one of the library's own kind: it would offer itself to every other test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return None if self.locked else self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop(username, None)


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Drawer:
    made = Drawer()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring, "get_keyring", Keyring)


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_the_key_is_in_a_private_file(tmp_path: Path) -> None:
    cache = tmp_path / "school.enemado"
    first, second = open_node_key(cache), open_node_key(cache)
    assert (first.is_new, second.is_new, first.key_id) == (True, False, second.key_id)
    assert second.place is Place.FILE
    assert stat.S_IMODE(key_cabinet(cache).path.stat().st_mode) == 0o600
    verify(second.sign(b"batch"), b"batch", first.private.public_key())


@pytest.mark.usefixtures("no_keyring")
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_file_that_others_can_read_is_told(tmp_path: Path) -> None:
    cache = tmp_path / "school.enemado"
    assert key_cabinet(cache).place() is Place.NOWHERE
    open_node_key(cache)
    key_cabinet(cache).path.chmod(0o644)
    assert key_cabinet(cache).place() is Place.OPEN_FILE


def test_a_keyring_that_works_keeps_it_and_no_file_does(tmp_path: Path, drawer: Drawer) -> None:
    cache = tmp_path / "school.enemado"
    first, second = open_node_key(cache), open_node_key(cache)
    assert first.key_id == second.key_id
    assert second.place is Place.KEYRING
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in tmp_path.iterdir())
    assert any("PRIVATE KEY" in kept for kept in drawer.kept.values())


def test_a_locked_keyring_stops_no_node_but_is_told(tmp_path: Path, drawer: Drawer) -> None:
    cache = tmp_path / "school.enemado"
    first = open_node_key(cache)
    drawer.locked = True
    assert key_cabinet(cache).place() is Place.LOST
    second = open_node_key(cache)
    assert second.is_new
    assert second.key_id != first.key_id
    assert open_node_key(cache).key_id == second.key_id


def test_what_is_no_key(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "x.key")
    cabinet.path.write_bytes(b"nonsense")
    with pytest.raises(KeyLost):
        cabinet.load()


def test_an_authority_comes_back_from_its_backup(authority: Authority, school: Applicant, tmp_path: Path) -> None:
    certificate = school.join(authority, NOW_MS).certificate
    authority.rotate(NOW_MS)
    assert back_up(authority, tmp_path / "backup", "a long password") == 2
    again = restore(tmp_path / "backup", tmp_path / "elsewhere", "a long password")
    assert again.registry.members() == authority.registry.members()
    assert again.apply("", school.request, NOW_MS).certificate == certificate
    assert Applicant("harbour").join(again, NOW_MS).certificate
    with pytest.raises(FileExistsError):
        restore(tmp_path / "backup", tmp_path / "elsewhere", "a long password")


def test_a_backup_tells_nothing_without_its_password(authority: Authority, tmp_path: Path) -> None:
    back_up(authority, tmp_path / "backup", "a long password")
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) & 0o077 == 0 or os.name != "posix"
    with pytest.raises(NotABackup):
        restore(tmp_path / "backup", tmp_path / "elsewhere", "another")
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "noise").write_bytes(b"PK nonsense")
    with pytest.raises(NotABackup):
        restore(tmp_path / "noise", tmp_path / "elsewhere", "a long password")


def test_a_registry_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.execute("CREATE TABLE code (digest BLOB PRIMARY KEY, node TEXT NOT NULL, ends_ms INTEGER NOT NULL, used_by BLOB)")
        old.execute(
            """CREATE TABLE member (key_id BLOB PRIMARY KEY, node TEXT NOT NULL, request BLOB NOT NULL,
             applied_ms INTEGER NOT NULL, certificate BLOB, revoked_ms INTEGER)"""
        )
        old.execute("INSERT INTO code VALUES (x'01', 'school', 10, NULL)")
        old.execute("INSERT INTO member VALUES (x'02', 'harbour', x'', 1, x'03', NULL)")
    registry = Registry(path)
    assert registry.apply(b"\1", Member(b"\4", "school", b"", 2, None, None))
    assert [member.node for member in registry.members()] == ["harbour", "school"]
    assert registry.reads("school") == ()


def test_a_registry_of_a_newer_version_is_left_alone(authority: Authority) -> None:
    with contextlib.closing(sqlite3.connect(authority.registry.path)) as file:
        file.execute("PRAGMA user_version=99")
    with pytest.raises(sqlite3.DatabaseError, match="newer"):
        authority.registry.members()
