"""Pictures by command: any scene, any screen, any moment, always the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from PySide6.QtGui import QImage

from app.commands import run_command
from app.commands.screenshot import in_language, parse_moment, parse_size
from app.kit import resources
from tests.support.small_cache import small_cache
from tests.support.snapshots import town


def take(cache: Path, out: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app.cli", "screenshot", "--cache", str(cache), "--out", str(out), *options]
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(command, cwd=resources.root(), env=environment, capture_output=True, text=True, check=False)


async def test_pictures_are_of_the_size_and_moment_asked_for_and_always_the_same(tmp_path: Path):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache):
        pass
    now = ("--scene", "now", "--size", "960x540", "--at", "2026-11-23T11:30+09:00")
    first, second, english = tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png"
    assert take(cache, first, *now, "--lang", "ja").returncode == 0
    assert take(cache, second, *now, "--lang", "ja").returncode == 0
    assert take(cache, english, *now, "--lang", "en").returncode == 0
    assert (QImage(str(first)).width(), QImage(str(first)).height()) == (960, 540)
    assert first.read_bytes() == second.read_bytes() != english.read_bytes()


async def test_screens_of_the_console_too(tmp_path: Path):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache):
        pass
    done = take(cache, tmp_path / "device.png", "--screen", "device", "--about", "school/pv", "--size", "1280x800")
    assert done.returncode == 0, done.stderr
    assert QImage(str(tmp_path / "device.png")).width() == 1280


async def test_what_does_not_exist_is_told(tmp_path: Path):
    cache = tmp_path / "cache.enemado"
    async with small_cache(cache):
        pass
    wrong = take(cache, tmp_path / "1.png", "--scene", "weather")
    assert wrong.returncode == 2
    assert "now, flow, history, environment, ev" in wrong.stderr
    nobody = take(cache, tmp_path / "1.png", "--screen", "device", "--about", "no/where")
    assert (nobody.returncode, "school/pv" in nobody.stderr) == (2, True)
    assert take(tmp_path / "none.enemado", tmp_path / "1.png").returncode == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lang", "xx"), "en, ja"),
        (("--lang", "ja,xx"), "en, ja"),
        (("--scene", "noww"), "now, flow, history, environment, ev"),
        (("--scene", "now", "--screen", "overview"), "not both"),
        (("--about", "school"), "--screen"),
        (("--screen", "device"), "--about SITE/DEVICE"),
        (("--out", "."), "folder"),
        (("--out", "nowhere/1.png"), "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_opened(
    options: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ENEMADO_LANGUAGE", "en")
    out = () if "--out" in options else ("--out", str(tmp_path / "1.png"))
    assert run_command(["screenshot", "--cache", str(tmp_path / "none"), *out, *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "1920", "1920x", "x1080", "axb", "10x10", "99999x1080"])
def test_sizes_that_are_none(text: str):
    with pytest.raises(typer.BadParameter):
        parse_size(text)


def test_moments():
    assert parse_size("3840x2160") == (3840, 2160)
    assert parse_moment("") is None
    assert parse_moment("2026-11-23T11:42+09:00") == 1_795_401_720_000
    for text in ("2026-11-23T11:42", "noon"):
        with pytest.raises(typer.BadParameter):
            parse_moment(text)


def test_the_language_asked_for_comes_first():
    plan = in_language(town(), "en").plan
    assert plan is not None
    assert plan.languages == ("en", "ja")
    pair = in_language(town(), "ja,pt").plan
    assert pair is not None
    assert pair.languages == ("ja", "pt")
