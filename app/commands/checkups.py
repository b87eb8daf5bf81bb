"""What the doctor looks at: each check gives a state, what was found, and what to do."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from app.commands.children import has_display
from app.commands.failure import CommandError
from app.commands.places import data_folder, last_backup_ms, moment
from app.kit import resources
from backend.model.message import Message
from backend.settings.node import ApiListener, IngestListener

_GIB = 1 << 30
_BACKUP_DAYS = 7
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


def node_key(cache: Path) -> Finding:
    """Is the key with which a node signs kept safely?"""
    from backend.identity.cabinet import Place
    from backend.identity.node_key import key_cabinet

    name, cabinet = Message("Key of the node"), key_cabinet(cache)
    file: dict[str, str | int | float] = {"file": str(cabinet.path)}
    match cabinet.place():
        case Place.NOWHERE:
            return Finding(name, State.NOTE, Message("It is made when the node starts for the first time."))
        case Place.KEYRING:
            return Finding(name, State.GOOD, Message("It is in the keyring of this system."))
        case Place.LOST:
            do = Message("Open the keyring before the node starts; else it makes a new key, which has to be enrolled.")
            return Finding(name, State.BAD, Message("It is in the keyring, and the keyring does not give it back."), do)
        case Place.OPEN_FILE:
            found = Message("Other users of this computer may read it: {file}", file)
            return Finding(name, State.BAD, found, Message("Take their rights away: chmod 600 {file}", file))
        case Place.FILE:
            found = Message("It is in a file that only this user can read: {file}", file)
            do = Message("Whoever copies this disk can sign for the node; a keyring or an encrypted disk is safer.")
            return Finding(name, State.NOTE, found, do)


def backup(cache: Path) -> Finding:
    """Was it backed up lately?"""
    name, last_ms = Message("Backup"), last_backup_ms(cache)
    do = Message("Keep one on another disk, once a day: enemado backup FILE --settings FILE")
    if last_ms is None:
        return Finding(name, State.NOTE, Message("It was never backed up from here."), do)
    late = time.time() - last_ms / 1000 > _BACKUP_DAYS * 86_400
    found = Message("The last one was made at {moment}.", {"moment": moment(last_ms)})
    return Finding(name, State.NOTE if late else State.GOOD, found, do if late else None)


def ocpp_port(host: str, port: int, ours: bool) -> Finding:
    """Can chargers find us?"""
    name = _port_name(port)
    if ours:
        return Finding(name, State.GOOD, Message("The running node listens here for chargers."))
    reason = _why_taken(host, port)
    if reason:
        found = Message("Nobody can listen here for chargers: {reason}", {"reason": reason})
        return Finding(name, State.BAD, found, Message("Stop the other program, or set another port under ocpp.port."))
    return Finding(name, State.GOOD, Message("Free for chargers."))


def api_port(api: ApiListener, trouble: str | None) -> Finding:
    """Can other programs ask us? ``trouble`` is what the running node says; None where none is running."""
    name = _port_name(api.port)
    if trouble == "":
        return Finding(name, State.GOOD, Message("The running node answers other programs here."))
    reason = trouble or _why_taken(api.host, api.port) or _why_no_certificate(api)
    if reason:
        found = Message("Nobody can answer other programs here: {reason}", {"reason": reason})
        do = Message("Stop the other program, or mend api.port and api.tls in the settings.")
        return Finding(name, State.BAD, found, do)
    return Finding(name, State.GOOD, Message("Free for other programs."))


def ingest_port(ingest: IngestListener, trouble: str | None) -> Finding:
    """Can other nodes send to us? ``trouble`` is what the running node says; None where none is running."""
    name = _port_name(ingest.port)
    if trouble == "":
        return Finding(name, State.GOOD, Message("The running node takes in here what other nodes send."))
    reason = trouble or _why_taken(ingest.host, ingest.port)
    if reason:
        found = Message("Nobody can take in here what other nodes send: {reason}", {"reason": reason})
        return Finding(name, State.BAD, found, Message("Stop the other program, or mend ingest in the settings."))
    return Finding(name, State.GOOD, Message("Free for other nodes."))


def _port_name(port: int) -> Message:
    return Message("Port {port}", {"port": str(port)})


def _why_taken(host: str, port: int) -> str:
    """Why nobody can listen there; empty where somebody can."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _why_no_certificate(api: ApiListener) -> str:
    import ssl

    if api.tls is None:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(api.tls.certificate, api.tls.key)
    except OSError as error:
        return f"{error.strerror or error}: {api.tls.certificate}"
    return ""


CHECKS: tuple[Callable[[], Finding], ...] = (display, fonts, clock, disk, sqlite, keyring)
"""Those that need no settings, in the order of the report."""
