"""The project's own Python environment in `.venv`: made whole, recognised when whole, remade when not."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from steps.texts import Trouble, say, say_line, text

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
COMMAND = PROGRAMS / ("enemado-script.py" if os.name == "nt" else "enemado")
STAMP = VENV / "enemado-ready.json"
LOG = VENV / "install.log"
NEEDED_MB = 1200

# A shell reads the third line and hands over to the Python beside it; to Python the same lines are a string. So the folder may
# have any name, spaces included, and may be moved as a whole.
LAUNCHER = """#!/bin/sh
'''exec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' '''
import sys

from app.cli import main

sys.exit(main())
"""
WINDOWS_LAUNCHER = '@"%~dp0python.exe" "%~dp0enemado-script.py" %*\r\n'


def provide_environment(role: str) -> None:
    """Make `.venv` complete for this role; quick when it is."""
    if not is_complete(role):
        _make_complete(role)
    compile_catalogues()


def is_complete(role: str) -> bool:
    """Whether `.venv` was finished from the lock that stands in the tree now. Development includes every other role."""
    stamp = _read_stamp()
    return PYTHON.exists() and any(stamp.get(name) == _fingerprint(name) for name in (role, "dev"))


def compile_catalogues() -> None:
    """Compile each catalogue whose source is newer than its compiled form."""
    sources = sorted(ROOT.glob("translations/*/LC_MESSAGES/*.po"))
    stale = [source for source in sources if _is_stale(source)]
    if not stale:
        return
    say("catalogues")
    for source in stale:
        arguments = ["compile", "--input-file", str(source), "--output-file", str(source.with_suffix(".mo"))]
        done = subprocess.run([str(PYTHON), "-m", "babel.messages.frontend", "-q", *arguments], cwd=str(ROOT), check=False)
        if done.returncode != 0:
            raise Trouble(text("catalogues_failed"), str(source), text("catalogues_do"))


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _make_complete(role: str) -> None:
    lock = _lock(role)
    if not _read_stamp() or not PYTHON.exists() or _read_stamp().get("home") != _home():
        _make_venv()
    STAMP.unlink(missing_ok=True)
    _install_packages(lock)
    _install_project()
    STAMP.write_text(json.dumps({"home": _home(), role: _fingerprint(role)}), encoding="utf-8")


def _make_venv() -> None:
    say("venv_again" if VENV.exists() else "venv_new", folder=VENV)
    try:
        if VENV.exists():
            shutil.rmtree(VENV)
        command = [sys.executable, "-m", "venv", str(VENV)]
        subprocess.run(command, check=True, capture_output=True, text=True, errors="replace")
    except subprocess.CalledProcessError as error:
        raise _venv_trouble(_tail(error.stdout + error.stderr)) from error
    except OSError as error:
        raise _venv_trouble(f"  {error}") from error


def _venv_trouble(tail: str) -> Trouble:
    return Trouble(text("venv_failed"), text("venv_failed_means", tail=tail), text("venv_failed_do", folder=ROOT))


def _install_packages(lock: Path) -> None:
    say("packages", lock=lock.relative_to(ROOT).as_posix())
    options = ["--require-hashes", "--only-binary", ":all:", "--progress-bar", "off", "--disable-pip-version-check"]
    command = [str(PYTHON), "-m", "pip", "install", *options, "--requirement", str(lock)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", env=environment
    )
    lines: list[str] = []
    try:
        for line in pip.stdout or ():
            lines.append(line)
            _show_progress(line)
        pip.wait()
    finally:
        pip.kill()
    LOG.write_text("".join(lines), encoding="utf-8")
    if pip.returncode != 0:
        raise _pip_trouble("".join(lines))


def _show_progress(line: str) -> None:
    collecting = re.match(r"Collecting ([\w.-]+)==(\S+)", line) or re.match(r"Processing .*/([\w.]+)-([\w.]+)-.*\.whl", line)
    download = re.match(r"\s+Downloading .*\((\d{2,}(?:\.\d+)? MB)\)", line)
    if collecting:
        say_line(f"  {collecting[1]} {collecting[2]}")
    elif download:
        say_line(f"    {download[1]} …")
    elif line.startswith("Installing collected packages:"):
        say("unpacking", count=line.count(",") + 1)


def _pip_trouble(output: str) -> Trouble:
    if "DO NOT MATCH THE HASHES" in output:
        return Trouble(text("hashes"), text("hashes_means"), text("hashes_do", log=LOG))
    if "No space left" in output or "ENOSPC" in output:
        return Trouble(text("disk"), text("disk_means", need=NEEDED_MB, folder=VENV), text("disk_do"))
    unreachable = ("Connection", "connection", "Timeout", "timed out", "SSLError", "ProxyError", "secure host")
    if any(sign in output for sign in unreachable):
        return Trouble(text("network"), text("network_means"), text("network_do", log=LOG))
    if "No matching distribution" in output:
        return Trouble(text("no_build"), text("no_build_means", tail=_tail(output)), text("no_build_do"))
    return Trouble(text("pip_failed"), text("pip_failed_means", tail=_tail(output)), text("pip_failed_do", log=LOG))


def _install_project() -> None:
    """Let the environment import the tree and start `enemado`, by relative paths in plain ASCII: no build, no network."""
    query = [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip())
    (packages / "enemado.pth").write_text(os.path.relpath(ROOT, packages) + "\n", encoding="ascii")
    COMMAND.write_text(LAUNCHER, encoding="ascii", newline="\n")
    if os.name == "nt":
        (PROGRAMS / "enemado.cmd").write_text(WINDOWS_LAUNCHER, encoding="ascii", newline="")
    else:
        COMMAND.chmod(0o755)


def _lock(role: str) -> Path:
    return ROOT / "packaging" / "locks" / f"{role}.txt"


def _fingerprint(role: str) -> str:
    digest = hashlib.sha256(_home().encode())
    for path in (_lock(role), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _home() -> str:
    """Where and of which Python the environment is: a moved folder or another Python needs a new one."""
    return f"{VENV} {sys.version_info[0]}.{sys.version_info[1]}"


def _read_stamp() -> dict[str, str]:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _tail(output: str) -> str:
    return "\n".join("  " + line for line in output.strip().splitlines()[-5:])
