"""Runs one face on one cache file: Qt application, one asyncio loop, bridge, window; read it top to bottom."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog
from PySide6.QtCore import QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.kit.bridge.bridge import CacheBridge, OpenReader
from app.kit.memory import return_large_blocks
from app.kit.theme import load_fonts

EXIT_NO_SCREEN = 75
"""There is nothing to show a picture on (yet): try again later."""
PICTURE_NAME = "screen.png"
_PICTURE_EVERY_MS = 3_000
_BEAT_EVERY_MS = 5_000
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")

_log = structlog.get_logger(__name__)

MakeFace = Callable[[CacheBridge, asyncio.TaskGroup], QWidget]
"""Builds the window; long tasks of its own go into the group, which ends with the window."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where and how a face is shown."""

    size: tuple[int, int] | None = None
    """Pixels; None fills the screen (a window with ``full_screen`` off)."""
    full_screen: bool = True
    pictures: Path | None = None
    """Without a display: the folder that keeps a fresh picture. None means a real screen."""
    beat: Path | None = None
    """File to touch after painting, so that a supervisor can tell a healthy face from a living process."""


def has_display() -> bool:
    """Whether Qt would find a display to connect to; asking Qt itself would end the process."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def run(make_face: MakeFace, cache: Path, open_reader: OpenReader, stage: Stage) -> int:
    """Show a face until it is closed or the process is told to stop; the exit code. Raises ``FontMissingError``."""
    if stage.pictures is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display():
        return EXIT_NO_SCREEN
    application = make_application()
    if not _usable_screens():
        return EXIT_NO_SCREEN
    return _run_loop(application, make_face, CacheBridge(cache, open_reader), stage)


def make_application() -> QApplication:
    """The one QApplication, with the bundled fonts. Raises ``FontMissingError``."""
    os.environ["QT_API"] = "pyside6"
    return_large_blocks()
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication(["enemado"])
    application.setApplicationName("Enemado")
    application.setQuitOnLastWindowClosed(False)
    load_fonts()
    return application


def _run_loop(application: QApplication, make_face: MakeFace, bridge: CacheBridge, stage: Stage) -> int:
    import qasync

    ending = _Ending(application)
    loop = cast("asyncio.AbstractEventLoop", qasync.QEventLoop(application))
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_live(make_face, bridge, stage, ending))
    finally:
        loop.close()
    return ending.code


async def _live(make_face: MakeFace, bridge: CacheBridge, stage: Stage, ending: "_Ending") -> None:
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(bridge.run(), name="cache bridge")
        face = make_face(bridge, tasks)
        _place(face, stage)
        habits = _habits(face, stage)
        await ending.event.wait()
        for habit in habits:
            habit.stop()
        face.hide()
        face.deleteLater()
        following.cancel()


def _place(face: QWidget, stage: Stage) -> None:
    """Geometry first, then show: the other way round some compositors show the wrong screen."""
    screen = QGuiApplication.primaryScreen()
    if stage.size is not None:
        face.resize(*stage.size)
    else:
        face.setGeometry(screen.geometry() if stage.full_screen else screen.availableGeometry())
    if stage.full_screen and stage.size is None and stage.pictures is None:
        face.showFullScreen()
    else:
        face.show()


def _usable_screens() -> bool:
    return any(not screen.geometry().isEmpty() for screen in QGuiApplication.screens())


class _Ending:
    """Waits for whatever ends a face: the window closed, the last screen gone, a signal."""

    def __init__(self, application: QApplication) -> None:
        self.code = 0
        self.event = asyncio.Event()
        application.lastWindowClosed.connect(self.event.set)
        application.screenRemoved.connect(self._screen_gone)
        for name in _STOP_SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._signalled)

    def _signalled(self, *_args: object) -> None:
        # The bridge wakes the interpreter ten times a second, so a signal never waits for long.
        self.event.set()

    def _screen_gone(self) -> None:
        if not _usable_screens():
            self.code = EXIT_NO_SCREEN
            self.event.set()


def _habits(face: QWidget, stage: Stage) -> list["PictureKeeper | Heartbeat"]:
    keeper = [PictureKeeper(face, stage.pictures)] if stage.pictures else []
    return [*keeper, *([Heartbeat(face, stage.beat)] if stage.beat else [])]


class Heartbeat(QObject):
    """Has the face paint a pixel now and then, and touches a file when that is done."""

    def __init__(self, face: QWidget, path: Path) -> None:
        super().__init__()
        self._face, self._path = face, path
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.beat)
        self._timer.start(_BEAT_EVERY_MS)
        self.beat()

    def beat(self) -> None:
        """Paint, then tell; a disk that cannot be written must not stop the screen."""
        # In the middle, of what lies uppermost: a widget that is covered is never painted.
        middle = self._face.rect().center()
        seen = self._face.childAt(middle) or self._face
        seen.repaint(QRect(seen.mapFrom(self._face, middle), QSize(1, 1)))
        try:
            self._path.touch()
        except OSError as error:
            _log.warning("beat file cannot be touched", path=str(self._path), error=str(error))

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()


class PictureKeeper(QObject):
    """Keeps a picture of a window fresh in a folder; whoever reads it never sees half a file."""

    def __init__(self, face: QWidget, folder: Path) -> None:
        super().__init__()
        self._face = face
        self._path = folder / PICTURE_NAME
        folder.mkdir(parents=True, exist_ok=True)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.keep)
        self._timer.start(_PICTURE_EVERY_MS)
        QTimer.singleShot(500, self.keep)

    def keep(self) -> None:
        """Write the picture now."""
        save_picture(self._face, self._path)

    def stop(self) -> None:
        """Write no more."""
        self._timer.stop()


def save_picture(widget: QWidget, path: Path) -> bool:
    """Grab a widget into a PNG, complete or not at all; whether it could be written."""
    draft = path.with_name(f".{path.name}.draft")
    saved = widget.grab().save(str(draft), "PNG", 60)
    if saved:
        draft.replace(path)
    return saved
