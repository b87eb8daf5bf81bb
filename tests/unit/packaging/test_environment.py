"""When the environment counts as complete, and how trouble with packages is told."""

import json
from pathlib import Path

import pytest

from steps import environment


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A tree with locks and an environment that was just finished for the desktop."""
    locks = tmp_path / "packaging" / "locks"
    locks.mkdir(parents=True)
    for role in ("cloud", "desktop", "dev"):
        (locks / f"{role}.txt").write_text(f"{role}==1\n")
    venv = tmp_path / ".venv"
    venv.mkdir()
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "STAMP", venv / "enemado-ready.json")
    monkeypatch.setattr(environment, "PYTHON", venv / "python")
    environment.PYTHON.touch()
    finish("desktop")
    return tmp_path


def finish(role: str) -> None:
    environment.STAMP.write_text(json.dumps({"home": environment._home(), role: environment._fingerprint(role)}))


@pytest.mark.usefixtures("home")
def test_a_finished_environment_is_complete_for_its_role_only() -> None:
    assert environment.is_complete("desktop")
    assert not environment.is_complete("dev")


@pytest.mark.usefixtures("home")
def test_development_includes_the_other_roles() -> None:
    finish("dev")
    assert all(environment.is_complete(role) for role in ("cloud", "desktop", "dev"))


def test_another_lock_makes_it_incomplete(home: Path) -> None:
    (home / "packaging" / "locks" / "desktop.txt").write_text("desktop==2\n")
    assert not environment.is_complete("desktop")


@pytest.mark.usefixtures("home")
def test_a_half_made_one_is_incomplete() -> None:
    environment.STAMP.unlink()
    assert not environment.is_complete("desktop")


@pytest.mark.usefixtures("home")
def test_one_whose_python_is_gone_is_incomplete() -> None:
    environment.PYTHON.unlink()
    assert not environment.is_complete("desktop")


@pytest.mark.usefixtures("home")
def test_a_broken_stamp_is_no_stamp() -> None:
    environment.STAMP.write_text("{")
    assert not environment.is_complete("desktop")


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was locked"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "WARNING: Retrying (…) after connection broken by 'NewConnectionError'\nERROR: No matching distribution",
            "could not be fetched",
        ),
        ("ERROR: No matching distribution found for pyside6-essentials==6.11.1", "does not exist for this system"),
        ("ERROR: something else", "could not be installed"),
    ],
)
def test_trouble_is_told_in_plain_words(output: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert what in environment._pip_trouble(output).lines[0]
