"""Which system packages are missing, and what is done about it."""

import shlex
from pathlib import Path

import pytest

from steps import system
from steps.texts import Trouble


@pytest.fixture
def missing_egl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks one library, whose user may not install anything, with an English reader."""
    monkeypatch.setattr(system, "OFFSCREEN", {"libenemado-never-there.so.1": "libegl1", "libc.so.6": "libc6"})
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.mark.usefixtures("missing_egl")
def test_only_what_does_not_load_is_missing() -> None:
    assert system.missing_packages("desktop") == ["libegl1"]


@pytest.mark.usefixtures("missing_egl")
def test_a_cloud_node_needs_no_screen_libraries() -> None:
    assert system.missing_packages("cloud") == []


@pytest.mark.usefixtures("missing_egl")
def test_libraries_of_x11_count_only_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "X11", {"libenemado-neither.so.1": "libxcb-cursor0"})
    assert system.missing_packages("desktop") == ["libegl1"]
    monkeypatch.setenv("DISPLAY", ":7")
    assert system.missing_packages("desktop") == ["libegl1", "libxcb-cursor0"]


@pytest.mark.usefixtures("missing_egl")
def test_who_may_not_install_is_told_the_one_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.write_text("#!/bin/sh\nexit 1\n")
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(Trouble) as caught:
        system.provide_system("desktop")
    assert caught.value.code == 2
    command = caught.value.lines[2].splitlines()[-1].strip()
    assert shlex.split(command) == [
        "sudo", "sh", "-c", "apt-get update && apt-get install -y --no-install-recommends libegl1",
    ]  # fmt: skip


@pytest.mark.usefixtures("missing_egl")
def test_a_failing_installation_tells_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.write_text("#!/bin/sh\necho 'E: no such mirror'\nexit 100\n")
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    with pytest.raises(Trouble) as caught:
        system.provide_system("desktop")
    assert caught.value.code == 2
    assert "E: no such mirror" in caught.value.lines[1]
