"""The supervisor with real processes."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app import supervisor
from app.supervisor import Budget, Child, Supervisor, restart_delay_s

LASTS = "import time\nwhile True: time.sleep(0.05)"
TIED = """import os
from app.lifeline import tie_to_parent
tie_to_parent()
open("pid", "w").write(str(os.getpid()))
"""
IGNORES_TERM = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('ready', 'w').close()\n{LASTS}"


@pytest.fixture(autouse=True)
def python_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Children are little Python programs in place of the whole command."""
    monkeypatch.setattr(supervisor, "command_line", lambda arguments: [sys.executable, "-c", *arguments])
    monkeypatch.chdir(tmp_path)


def until(condition: Callable[[], bool], limit_s: float = 15.0) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        pause.wait(0.02)


class Running:
    """A supervisor in a thread of its own."""

    def __init__(self, *children: Child, budget: Budget | None = None) -> None:
        self.told: list[tuple[str, int]] = []
        self.supervisor = Supervisor(children, budget, lambda name, code: self.told.append((name, code)))
        self.code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def join(self) -> int | None:
        self._thread.join(15)
        return self.code

    def stop(self) -> int | None:
        self.supervisor.stop()
        return self.join()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0.0), (1, 0.5), (2, 1.0), (4, 4.0), (7, 30.0), (50, 30.0)])
def test_restarts_slow_down(failures: int, seconds: float) -> None:
    assert restart_delay_s(failures) == seconds


def test_a_killed_child_is_started_again_and_its_sibling_is_left_alone() -> None:
    running = Running(Child("node", [LASTS]), Child("face", [LASTS], leads=True))
    try:
        until(lambda: len(running.supervisor.processes()) == 2)
        before = running.supervisor.processes()
        os.kill(before["node"], signal.SIGKILL)
        until(lambda: running.supervisor.processes().get("node") not in (None, before["node"]))
        assert running.supervisor.processes()["face"] == before["face"]
        assert running.told == [("node", -signal.SIGKILL)]
    finally:
        assert running.stop() == 0
    assert not any(alive(pid) for pid in before.values())


def test_closing_the_window_ends_everything_in_order() -> None:
    running = Running(Child("node", [LASTS]), Child("face", ["pass"], leads=True))
    assert running.join() == 0
    assert running.told == []


def test_a_node_that_was_stopped_stays_stopped_and_the_screen_stays() -> None:
    running = Running(Child("node", ["pass"]), Child("face", [LASTS], leads=True))
    until(lambda: set(running.supervisor.processes()) == {"face"})
    assert running.stop() == 0


def test_wrong_settings_are_not_tried_again() -> None:
    running = Running(Child("node", ["raise SystemExit(2)"]), Child("face", [LASTS], leads=True))
    assert running.join() == 2
    assert running.told == [("node", 2)]


def test_a_spent_budget_ends_with_a_code_that_says_so() -> None:
    running = Running(Child("node", ["raise SystemExit(7)"]), budget=Budget(restarts=1))
    assert running.join() == 1
    assert running.told == [("node", 7), ("node", 7)]


def test_a_face_that_waits_for_its_screen_is_tried_again_without_end() -> None:
    program = "import os\nn = len(os.listdir('.'))\nopen(str(n), 'w').close()\nraise SystemExit(75 if n < 2 else 0)"
    running = Running(Child("face", [program], leads=True), budget=Budget(restarts=0))
    assert running.join() == 0
    assert running.told == [("face", 75), ("face", 75)]


def test_a_child_that_hangs_is_killed_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BEAT_WITHIN_S", 1.0)
    beats = "import time\nwhile True:\n open('beat', 'w').write('yes')\n time.sleep(0.05)"
    running = Running(Child("face", [beats], leads=True, beat="beat"))
    until(lambda: Path("beat").exists() and Path("beat").read_text() == "yes")
    pid = running.supervisor.processes()["face"]
    os.kill(pid, signal.SIGSTOP)
    until(lambda: running.supervisor.processes().get("face", pid) != pid)
    assert running.told == [("face", -signal.SIGKILL)]
    assert running.stop() == 0


def test_a_child_may_take_longer_to_its_first_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BEAT_WITHIN_S", 0.1)
    monkeypatch.setattr(supervisor, "FIRST_BEAT_WITHIN_S", 1.5)
    running = Running(Child("node", [LASTS], beat="beat"))
    started = time.monotonic()
    until(lambda: bool(running.told))
    assert time.monotonic() - started > 1.5
    assert running.told == [("node", -signal.SIGKILL)]
    assert running.stop() == 0


def test_a_child_that_has_no_place_to_beat_is_not_killed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_BEAT_WITHIN_S", 0.1)
    program = "import time\nfor n in range(20): time.sleep(0.05)\nopen('ready', 'w').close()"
    running = Running(Child("node", [program], leads=True, beat="no such folder/beat"))
    assert running.join() == 0
    assert running.told == []


def test_a_child_that_beats_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BEAT_WITHIN_S", 1.0)
    beats = "import time\nn = 0\nwhile True:\n n += 1\n open('beat', 'w').write(str(n))\n time.sleep(0.05)"
    running = Running(Child("face", [beats], leads=True, beat="beat"))
    until(lambda: Path("beat").exists() and int(Path("beat").read_text() or 0) > 40)
    assert running.told == []
    assert running.stop() == 0


def test_a_child_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_S", 0.5)
    running = Running(Child("stubborn", [IGNORES_TERM]))
    until(lambda: Path("ready").exists())
    pid = running.supervisor.processes()["stubborn"]
    assert running.stop() == 0
    assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_children_die_with_a_supervisor_that_is_killed() -> None:
    program = textwrap.dedent(f"""
        import sys
        from app import supervisor
        supervisor.command_line = lambda arguments: [sys.executable, "-c", *arguments]
        child = {TIED + LASTS!r}
        supervisor.Supervisor([supervisor.Child("node", [child])]).run()
    """)
    root = str(Path(supervisor.__file__).parents[1])
    parent = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": root})
    until(lambda: Path("pid").exists() and Path("pid").read_text().isdecimal())
    pid = int(Path("pid").read_text())
    parent.kill()
    parent.wait()
    until(lambda: not alive(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z")
