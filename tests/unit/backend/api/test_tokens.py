"""Tokens: shown once, kept as digests, refused as soon as they are revoked."""

import stat
import sys
from pathlib import Path

import pytest

from backend.api.tokens import Scope, TokenFile
from backend.model.delivery import StorageError

DAY_MS = 86_400_000


def test_a_token_is_found_by_its_word_and_the_word_is_kept_nowhere(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens")
    token, word = tokens.create("town hall", (Scope.VALUES,), 0, 30)
    assert tokens.find(word, 0) == token
    assert token.scopes == (Scope.VALUES,)
    assert word not in tokens.path.read_text()
    assert word.rpartition("_")[2] not in tokens.path.read_text()


def test_only_its_user_can_read_the_file(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens")
    tokens.create("a", (Scope.VALUES,), 0, 1)
    if sys.platform != "win32":
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]


def test_expired_revoked_and_altered_words_are_refused(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens")
    token, word = tokens.create("a", (Scope.VALUES,), 0, 1)
    _, other = tokens.create("b", (Scope.VALUES,), 0, 1)
    assert tokens.find(word, DAY_MS - 1) == token
    assert tokens.find(word, DAY_MS) is None
    assert [tokens.find(guess, 0) for guess in (word[:-1], word + "x", "", "enemado_", word.replace(token.id, "0" * 12))] == [
        None
    ] * 5
    assert tokens.revoke(token.id)
    assert not tokens.revoke(token.id)
    assert tokens.find(word, 0) is None
    assert tokens.find(other, 0) is not None


def test_another_process_sees_what_was_made_and_revoked(tmp_path: Path) -> None:
    one, other = TokenFile(tmp_path / "tokens"), TokenFile(tmp_path / "tokens")
    assert other.all() == []
    token, word = one.create("a", (Scope.VALUES,), 0, 1)
    assert other.find(word, 0) == token
    one.revoke(token.id)
    assert other.find(word, 0) is None


def test_a_damaged_file_lets_nobody_in_and_is_not_written_over(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens")
    tokens.path.write_text("nonsense")
    with pytest.raises(StorageError):
        tokens.find("enemado_a_b", 0)
    with pytest.raises(StorageError):
        tokens.create("a", (Scope.VALUES,), 0, 1)
    assert tokens.path.read_text() == "nonsense"
