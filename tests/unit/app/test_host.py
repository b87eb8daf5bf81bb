"""The host as a process: a fresh picture without a display, a clean end, and a clear answer where there is no screen."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.host import EXIT_NO_SCREEN, PICTURE_NAME, save_picture
from app.kit import resources

NO_DISPLAY = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.support.tiny_face", *arguments]
    return subprocess.Popen(command, cwd=resources.root(), env=NO_DISPLAY)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_screen_it_ends_with_its_own_code(tmp_path: Path):
    face = start(str(tmp_path / "cache.db"))
    assert face.wait(30) == EXIT_NO_SCREEN


def test_without_a_display_it_keeps_a_fresh_picture_until_it_is_stopped(tmp_path: Path, qtbot: QtBot):
    cache, pictures = tmp_path / "cache.db", tmp_path / "写真"
    cache.touch()
    face = start(str(cache), str(pictures))
    picture = pictures / PICTURE_NAME
    qtbot.waitUntil(picture.exists, timeout=30_000)
    first = picture.stat().st_mtime_ns
    qtbot.waitUntil(lambda: picture.stat().st_mtime_ns > first, timeout=30_000)
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (320, 180)
    assert image.pixelColor(300, 170).name() == "#0b5035"
    beat = tmp_path / "beat"
    first = beat.stat().st_mtime_ns
    qtbot.waitUntil(lambda: beat.stat().st_mtime_ns > first, timeout=30_000)
    face.send_signal(signal.SIGTERM)
    assert face.wait(10) == 0
    assert [entry.name for entry in pictures.iterdir()] == [PICTURE_NAME]


def test_a_picture_that_cannot_be_written_is_reported(tmp_path: Path, qtbot: QtBot):
    label = QLabel("x")
    qtbot.addWidget(label)
    assert save_picture(label, tmp_path / "picture.png")
    assert not save_picture(label, tmp_path / "no such folder" / "picture.png")
