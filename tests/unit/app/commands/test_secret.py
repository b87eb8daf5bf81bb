"""A secret is only asked for where somebody can use it, and a pipe is as good as a keyboard."""

import io
import sys
import warnings
from pathlib import Path

import pytest

from app.commands import run_command
from app.commands.failure import CommandError
from backend.settings.secrets import SecretStore
from tests.support.small_site import write_settings

SECRET = "a-long-enough-secret"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ENEMADO_LANGUAGE", "en")
    monkeypatch.setattr("backend.settings.secrets.usable_keyring", lambda: None)
    return write_settings(tmp_path, 1, 2)


def test_a_device_that_there_is_not_is_told_before_anything_is_asked(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CommandError, match="no device") as refused:
        run_command(["secret", "set", "school/nobody", "--settings", str(settings)])
    assert refused.value.code == 2
    assert "school/cp1" in str(refused.value.means)


def test_a_line_from_a_pipe_is_taken_as_it_is(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run_command(["secret", "set", "school/cp1", "--settings", str(settings)]) == 0
    (file,) = settings.parent.rglob("secrets.json")
    assert SecretStore(file.parent).read_all(["school/cp1"]) == {"school/cp1": SECRET}
    assert SECRET not in "".join(capsys.readouterr())


def test_an_empty_pipe_keeps_nothing(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="empty"):
        run_command(["secret", "set", "school/cp1", "--settings", str(settings)])
    assert not list(settings.parent.rglob("secrets.json"))
