"""A node that can be made to hang, by signals: ``python -m tests.support.hanging_node node …``.

SIGUSR1 stops its event loop, SIGUSR2 its writing thread, each for good. With ENEMADO_TIMER_BEAT set it has a planted fault:
it beats by a timer, whatever becomes of its work.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from app.cli import main
from backend.store import served
from backend.store.thread import ServingThread

T = TypeVar("T")
TIMER_BEAT_S = 0.2


class StoppableThread(ServingThread):
    """Hangs in its next work once it is told to."""

    stuck = False

    def run(self, work: Callable[[], T]) -> Any:
        return super().run(_hang if self.stuck else work)


def _hang() -> None:
    threading.Event().wait()


def _stop_loop(number: int, frame: FrameType | None) -> None:
    _hang()


def _stop_writer(number: int, frame: FrameType | None) -> None:
    StoppableThread.stuck = True


def _beat(file: Path) -> None:
    pause = threading.Event()
    while not pause.wait(TIMER_BEAT_S):
        file.touch()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _stop_loop)
    signal.signal(signal.SIGUSR2, _stop_writer)
    setattr(served, "ServingThread", StoppableThread)  # noqa: B010 - a class is not meant to be exchanged
    if "ENEMADO_TIMER_BEAT" in os.environ:
        threading.Thread(target=_beat, args=(Path(sys.argv[sys.argv.index("--beat") + 1]),), daemon=True).start()
    main()
