"""What the doctor looks at: each check gives a state, what was found, and what to do."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from app.commands.children import has_display
from app.commands.failure import CommandError
from app.commands.places import data_folder
from app.kit import resources
from backend.model.message import Message

_GIB = 1 << 30
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)


class State(StrEnum):
    """How serious a finding is."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: Message
    state: State
    found: Message
    do: Message | None = None


def display() -> Finding:
    """Is there a screen, and can Qt talk to it?"""
    name = Message("Display")
    if not has_display():
        do = Message("Start the kiosk from a graphical session, or go on: without one it keeps pictures in a folder.")
        return Finding(name, State.NOTE, Message("No display is announced to this session."), do)
    missing = _missing_library() if sys.platform == "linux" and os.environ.get("DISPLAY") else ""
    if missing:
        do = Message("Install the system libraries: python3 packaging/bootstrap.py run")
        return Finding(name, State.BAD, Message("Qt cannot open a window: {reason}", {"reason": missing}), do)
    return Finding(name, State.GOOD, Message("A display is there."))


def _missing_library() -> str:
    """Why Qt's X11 plug-in cannot be loaded; Qt itself blames another library than the missing one."""
    import ctypes
    from importlib.util import find_spec

    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6"
    plugin = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return ""


def fonts() -> Finding:
    """Is the bundled typeface there? Without it a bare system shows Japanese as boxes."""
    name = Message("Fonts")
    files = sorted((resources.assets() / "fonts").glob("*.ttf"))
    if len(files) >= 2:
        return Finding(name, State.GOOD, Message("{count} bundled fonts are there.", {"count": len(files)}))
    do = Message("Install Enemado again: its folder assets/fonts is not complete.")
    return Finding(name, State.BAD, Message("The bundled fonts are missing."), do)


def clock() -> Finding:
    """Is the time plausible, and is somebody keeping it?"""
    name, now = Message("Clock"), datetime.now(UTC)
    shown = now.astimezone().isoformat(timespec="seconds")
    if now < _BUILT:
        found = Message("The clock stands at {time}, before this program was made.", {"time": shown})
        return Finding(name, State.BAD, found, Message("Set the clock, then switch on time synchronisation (NTP)."))
    if _synchronised() == "no":
        found = Message("{time}, but nobody keeps it right.", {"time": shown})
        return Finding(name, State.NOTE, found, Message("Switch on time synchronisation: timedatectl set-ntp true"))
    return Finding(name, State.GOOD, Message("{time}", {"time": shown}))


def _synchronised() -> str:
    """``yes`` or ``no`` as systemd says; empty where nobody can tell."""
    if shutil.which("timedatectl") is None:
        return ""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=3, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def disk(folder: Path | None = None) -> Finding:
    """Is there room for the cache?"""
    try:
        place = folder or data_folder()
    except CommandError as refused:
        return Finding(Message("Disk"), State.BAD, refused.happened, refused.do)
    free = shutil.disk_usage(place).free
    values: dict[str, str | int | float] = {"free": f"{free / _GIB:.1f} GiB", "folder": str(place)}
    found = Message("{free} free at {folder}", values)
    if free < _GIB // 8:
        do = Message("Make room now: below 64 MiB the node stops keeping readings.")
        return Finding(Message("Disk"), State.BAD, found, do)
    if free < 2 * _GIB:
        return Finding(Message("Disk"), State.NOTE, found, Message("Make room, or set node.retention.cap_mb lower."))
    return Finding(Message("Disk"), State.GOOD, found)


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """Does this SQLite have the WAL-reset race (3.7.0 to 3.51.2, mended in 3.44.6 and 3.50.7 too)?"""
    name, shown = Message("SQLite"), ".".join(map(str, version))
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    if mended:
        return Finding(name, State.GOOD, Message("Version {version}", {"version": shown}))
    found = Message("Version {version} can damage a file that two connections write at once (WAL reset).", {"version": shown})
    do = Message("Enemado writes with one connection and is not affected; never open its cache for writing with another tool.")
    return Finding(name, State.NOTE, found, do)


def keyring() -> Finding:
    """Can secrets be kept safely?"""
    from backend.settings.secrets import usable_keyring

    if usable_keyring() is not None:
        return Finding(Message("Keyring"), State.GOOD, Message("It gives back what it was given."))
    found = Message("This system has no keyring that works for this user.")
    do = Message("Secrets go into a file that only this user can read; a desktop session with a keyring is safer.")
    return Finding(Message("Keyring"), State.NOTE, found, do)


def ocpp_port(host: str, port: int, ours: bool) -> Finding:
    """Can chargers find us?"""
    name = Message("Port {port}", {"port": str(port)})
    if ours:
        return Finding(name, State.GOOD, Message("The running node listens here for chargers."))
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        found = Message("Nobody can listen here for chargers: {reason}", {"reason": error.strerror or str(error)})
        return Finding(name, State.BAD, found, Message("Stop the other program, or set another port under ocpp.port."))
    return Finding(name, State.GOOD, Message("Free for chargers."))


CHECKS: tuple[Callable[[], Finding], ...] = (display, fonts, clock, disk, sqlite, keyring)
"""Those that need no settings, in the order of the report."""
