"""Starts the frozen build where there is no Python, from a folder with a difficult name, and compares its pictures."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from steps.environment import PYTHON, ROOT

BUILT = ROOT / "dist" / "enemado"
FOLDER = "エネ窓 試し"
START_S = 60.0
SCREEN = (1920, 1080)
MANY_COLOURS = 200


def main() -> int:
    """Every check by name; 0 if all pass."""
    with tempfile.TemporaryDirectory() as base:
        home = Path(base, FOLDER)
        shutil.copytree(BUILT, home / "enemado", symlinks=True)
        return _check_all(home)


def _check_all(home: Path) -> int:
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("tells its version", lambda: _frozen(home, "--version").returncode == 0),
        ("demo runs without a display", lambda: _demo_runs(home, {})),
        ("doctor answers", lambda: _frozen(home, "doctor").returncode in {0, 1}),
        ("picture is the unfrozen one, offscreen", lambda: _same_picture(home, {})),
        ("demo fills a screen", lambda: _demo_fills_a_screen(home)),
        ("picture is the unfrozen one, on X11", lambda: _same_picture_on_x11(home)),
    ]
    failed = 0
    for name, check in checks:
        began = time.monotonic()
        passed = check()
        failed += not passed
        print(f"{'ok' if passed else 'FAILED':<7} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return 1 if failed else 0


def _environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    """Nothing of this machine: no Python on the path, no locale, no settings."""
    return {"HOME": str(home), "ENEMADO_DATA": str(home / "data"), "PATH": "", **more}


def _frozen(
    home: Path, *arguments: str, more: dict[str, str] | None = None, quiet: bool = False
) -> subprocess.CompletedProcess[str]:
    command = [str(home / "enemado" / "enemado"), *arguments]
    environment = _environment(home, more or {})
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=START_S, check=False)
    if not quiet:
        print(f"  {' '.join(arguments)}: {done.returncode}\n{_indented(done.stdout + done.stderr)}", flush=True)
    return done


def _indented(output: str) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-20:])


def _demo_runs(home: Path, more: dict[str, str]) -> bool:
    """The demo keeps a picture of its screen, and ends cleanly when told to."""
    picture = home / "data" / "pictures" / "screen.png"
    with _demo(home, more) as process:
        return _comes_true(lambda: _is_alive(home), process) and _comes_true(picture.exists, process) and _ends(process)


def _is_alive(home: Path) -> bool:
    """Whether an inverter and a charger of the town have told their power."""
    done = _frozen(home, "latest", "--json", quiet=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout) if done.returncode == 0 else []
    told = {row["point"].rsplit("/", 1)[-1] for row in rows if row["value"] is not None}
    return {"ac_power", "connector1.state"} <= told


@contextmanager
def _demo(home: Path, more: dict[str, str]) -> Generator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([str(home / "enemado" / "enemado"), "demo"], env=_environment(home, more), cwd=home)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _comes_true(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if condition():
            return True
        time.sleep(0.5)  # noqa: TID251 - another program's work is waited for
    return condition()


def _ends(process: "subprocess.Popen[bytes]") -> bool:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(20) in {0, 130}
    except subprocess.TimeoutExpired:
        return False


def _demo_fills_a_screen(home: Path) -> bool:
    with _virtual_screen(home) as (display, pixels), _demo(home, {"DISPLAY": display}) as process:

        def is_painted() -> bool:
            return len(set(memoryview(pixels.read_bytes()[4096:]).cast("I"))) > MANY_COLOURS

        return _comes_true(lambda: _is_alive(home), process) and _comes_true(is_painted, process) and _ends(process)


def _same_picture_on_x11(home: Path) -> bool:
    with _virtual_screen(home) as (display, _):
        return _same_picture(home, {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"})


def _same_picture(home: Path, more: dict[str, str]) -> bool:
    """Both programs draw the same moment of the demo's cache."""
    size = f"{SCREEN[0]}x{SCREEN[1]}"
    pictures = [home / "frozen.png", home / "unfrozen.png"]
    _frozen(home, "screenshot", "--scene", "now", "--size", size, "--out", str(pictures[0]), more=more)
    command = [str(PYTHON), "-m", "app.cli", "screenshot", "--scene", "now", "--size", size, "--out", str(pictures[1])]
    environment = {**os.environ, **_environment(home, more), "PATH": os.environ["PATH"]}
    subprocess.run(command, env=environment, cwd=ROOT, check=False)
    same = all(picture.exists() for picture in pictures) and pictures[0].read_bytes() == pictures[1].read_bytes()
    for picture in pictures:
        picture.unlink(missing_ok=True)
    return same


@contextmanager
def _virtual_screen(home: Path) -> Generator[tuple[str, Path]]:
    """An X server without a screen: its display and the file with its pixels."""
    pixels = home / "screen"
    pixels.mkdir(exist_ok=True)
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-fbdir", str(pixels)]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            display = f":{numbers.readline().strip()}"
        yield display, pixels / "Xvfb_screen0"
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
