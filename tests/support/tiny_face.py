"""A face of one colour on a fake cache, to try the host as a process: ``python -m tests.support.tiny_face CACHE [PICTURES]``."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app import host
from app.host import Stage, run
from backend.store.contract import Reader
from tests.support.reader import FakeReader

BEAT_EVERY_MS = 500


async def _open(cache: Path) -> Reader:
    return FakeReader(sealed_ms=1)


def main(arguments: list[str]) -> int:
    """Run until told to stop; it beats more often than real faces, for those who wait for it."""
    setattr(host, "_BEAT_EVERY_MS", BEAT_EVERY_MS)  # noqa: B010 - private to the host

    def make_face(bridge: object, tasks: object) -> QLabel:
        label = QLabel("tiny")
        label.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label.setStyleSheet("background: #0B5035")
        return label

    pictures = Path(arguments[1]) if len(arguments) > 1 else None
    beat = Path(arguments[0]).with_name("beat")
    return run(make_face, Path(arguments[0]), _open, Stage(size=(320, 180), pictures=pictures, beat=beat))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
