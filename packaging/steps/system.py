"""System libraries and programs that no Python package brings along: found by trying them, installed with apt-get."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from steps.texts import Trouble, say, text

# Library -> Debian package. Qt itself comes as a wheel; these are what its libraries load.
OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
TEST_PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth", "strace": "strace", "mosquitto": "mosquitto"}
# Where Debian keeps what only administrators are expected to start, such as the broker.
ADMINISTRATORS_PROGRAMS = "/usr/sbin"
# Debian keeps the server's programs off the path, one folder per version.
POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")


def provide_system(role: str) -> None:
    """Install what this role lacks, or raise `Trouble` with the one command that would."""
    missing = missing_packages(role)
    if not missing:
        return
    say("system_missing", packages=" ".join(missing))
    if not shutil.which("apt-get"):
        raise Trouble(text("system_means"), text("system_foreign"), text("system_foreign_do", packages=" ".join(missing)), 2)
    prefix = _administrator_prefix()
    if prefix is None:
        raise Trouble(
            text("system_missing", packages=" ".join(missing)),
            text("system_means"),
            text("system_do", command=_command_line(missing)),
            2,
        )
    say("system_installing")
    _install(prefix, missing)
    importlib.invalidate_caches()


def missing_packages(role: str) -> list[str]:
    """Debian packages that this role needs here and that are not installed."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in _libraries(role).items() if not _loads(library)]
    if role == "dev":
        missing += [package for program, package in TEST_PROGRAMS.items() if not _is_program(program)]
        if not any(POSTGRES_PROGRAMS.glob("*/bin/initdb")):
            missing.append("postgresql")
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    return missing


def _is_program(name: str) -> bool:
    return any(shutil.which(name, path=path) for path in (None, ADMINISTRATORS_PROGRAMS))


def _libraries(role: str) -> dict[str, str]:
    if role == "cloud":
        return {}
    libraries = dict(OFFSCREEN)
    if role == "dev" or os.environ.get("DISPLAY"):
        libraries.update(X11)
    if os.environ.get("WAYLAND_DISPLAY"):
        libraries.update(WAYLAND)
    return libraries


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _administrator_prefix() -> list[str] | None:
    """What to put before apt-get, or None where this user may not run it."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def _command_line(packages: list[str]) -> str:
    install = shlex.join(["apt-get", "install", "-y", "--no-install-recommends", *packages])
    return f"sudo sh -c '{'apt-get update && ' + install}'"


def _install(prefix: list[str], packages: list[str]) -> None:
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*prefix, *environment, "apt-get", *options, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            tail = "\n".join("  " + line for line in done.stdout.strip().splitlines()[-5:])
            do = text("system_do", command=_command_line(packages))
            raise Trouble(text("apt_failed"), text("apt_failed_means", tail=tail), do, 2)
