"""Keeps node and face running as two children of one small process; standard library only."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from app.lifeline import PARENT

STOP_S = 5.0
"""Children that have not ended by themselves after this time are killed."""
BEAT_WITHIN_S = 25.0
"""A child that has not touched its beat file for so long hangs: it is killed and started again."""
FIRST_BEAT_WITHIN_S = 180.0
"""Until its first beat it may take longer: a node may have to migrate or mend its cache first."""
_LOOK_S = 0.2
_STEADY_S = 60.0
"""A child that ran this long starts again without a wait."""
_SLOWEST_S = 30.0
SETTINGS_WRONG = 2
"""Exit code of a child that cannot run before somebody changes something."""
NOT_YET = 75
"""Exit code of a child that waits for something to be there, such as a screen; tried again without end."""


@dataclass(frozen=True)
class Child:
    """One process to keep running."""

    name: str
    arguments: Sequence[str]
    """Of the ``enemado`` command."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """On top of our own."""
    leads: bool = False
    """When it ends in order, everything ends: a closed window closes the program."""
    beat: str = ""
    """File that it touches while it really works, a face after painting, a node after committing; empty for none."""


@dataclass(frozen=True)
class Budget:
    """How often a child may be started again before we give up and let whoever started us know."""

    restarts: int = 20
    within_s: float = 3600.0


def command_line(arguments: Sequence[str]) -> list[str]:
    """The same program again: the frozen executable, or this interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app.cli", *arguments]


def restart_delay_s(failures: int) -> float:
    """Seconds before the next start: half a second, doubling up to half a minute."""
    return min(_SLOWEST_S, 0.5 * 2.0 ** min(failures - 1, 10)) if failures > 0 else 0.0


class _Kept:
    """A child and how it has fared."""

    def __init__(self, child: Child, budget: Budget) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.next_start_s = 0.0
        self.given_up = False
        self._budget = budget
        self._started_s = 0.0
        self._failures = 0
        self._failed_s: list[float] = []
        self._beat_s = 0.0
        self._beat_mark = 0
        self._has_beaten = False
        self._can_beat = False

    def start(self, now_s: float) -> None:
        self._started_s = self._beat_s = now_s
        self._has_beaten, self._can_beat = False, _has_place(self.child.beat)
        self._beat_mark = _mark(self.child.beat)
        self.process = _spawn(command_line(self.child.arguments), {**os.environ, **self.child.environment})

    def hangs(self, now_s: float) -> bool:
        """Whether it should have touched its file. Only changes count, by our own clock: a sleeping computer is no fault."""
        if not self._can_beat:
            return False
        mark = _mark(self.child.beat)
        if mark != self._beat_mark:
            self._beat_mark, self._beat_s, self._has_beaten = mark, now_s, True
        return now_s - self._beat_s > (BEAT_WITHIN_S if self._has_beaten else FIRST_BEAT_WITHIN_S)

    def failed(self, code: int, now_s: float) -> bool:
        """Plan the next start; False when the budget is spent."""
        self.process = None
        self._failures = 1 if now_s - self._started_s >= _STEADY_S else self._failures + 1
        if code != NOT_YET:
            self._failed_s = [at for at in self._failed_s if now_s - at < self._budget.within_s] + [now_s]
        self.next_start_s = now_s + restart_delay_s(self._failures)
        return len(self._failed_s) <= self._budget.restarts


def _has_place(beat: str) -> bool:
    """Make the file, so that a child which cannot is not killed for it: a full disk is no reason."""
    try:
        with open(beat, "ab"):  # noqa: PTH123 - pathlib is not worth its memory here
            return True
    except OSError:
        return False


def _mark(beat: str) -> int:
    try:
        return os.stat(beat).st_mtime_ns  # noqa: PTH116 - as above
    except OSError:
        return 0


class Supervisor:
    """Starts the children, starts them again when they crash, stops them all in the end."""

    def __init__(
        self, children: Sequence[Child], budget: Budget | None = None, tell: Callable[[str, int], None] | None = None
    ) -> None:
        """``tell`` hears the name and exit code of a child that ended in a way it should not."""
        self._kept = [_Kept(child, budget or Budget()) for child in children]
        self._tell = tell
        self._stop = threading.Event()

    def run(self) -> int:
        """Until told to stop or a leading child ends; the exit code."""
        previous = {number: signal.signal(number, self._on_signal) for number in _stop_signals()}
        try:
            return self._watch()
        finally:
            self._end_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Let ``run`` end; from any thread."""
        self._stop.set()

    def processes(self) -> dict[str, int]:
        """Process ids of the running children."""
        return {kept.child.name: kept.process.pid for kept in self._kept if kept.process is not None}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _watch(self) -> int:
        while not self._stop.is_set():
            for kept in self._kept:
                code = self._look_after(kept, time.monotonic())
                if code is not None:
                    return code
            self._stop.wait(_LOOK_S)
        return 0

    def _look_after(self, kept: _Kept, now_s: float) -> int | None:
        """Start or restart one child; an exit code when all has to end."""
        if kept.process is None:
            if not kept.given_up and now_s >= kept.next_start_s:
                kept.start(now_s)
            return None
        code = kept.process.poll()
        if code is None:
            if kept.hangs(now_s):
                kept.process.kill()
            return None
        if code == 0:
            kept.process, kept.given_up = None, True
            return 0 if kept.child.leads else None
        if self._tell is not None:
            self._tell(kept.child.name, code)
        if code == SETTINGS_WRONG:
            return code
        return None if kept.failed(code, now_s) else 1

    def _end_all(self) -> None:
        processes = [kept.process for kept in self._kept if kept.process is not None]
        for process in processes:
            _ask_to_end(process)
        deadline_s = time.monotonic() + STOP_S
        for process in processes:
            try:
                process.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _stop_signals() -> tuple[int, ...]:
    """Signals can be handled in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return ()
    names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


def _spawn(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Children get no terminal input and a process group of their own, so that Ctrl+C reaches them through us, in order."""
    tied = {**environment, PARENT: str(os.getpid())}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(command, env=tied, stdin=subprocess.DEVNULL, creationflags=flags)
    return subprocess.Popen(command, env=tied, stdin=subprocess.DEVNULL, start_new_session=True)


def _ask_to_end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGTERM)
