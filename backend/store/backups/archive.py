"""The archive of a database server's log: each segment is kept once, whole and on disk, before the server forgets it.

The server runs this as its own account, so it needs the standard library alone.
"""

import gzip
import os
import re
import zlib
from pathlib import Path

_NAME = re.compile(r"[0-9A-F]{24}(\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history")
_LEVEL = 1


class NotKept(Exception):
    """This is no file of a log, or the archive has something else under its name."""


class KeptDamaged(Exception):
    """The archive has it, but not as it was kept."""


def keep(source: Path, name: str, folder: Path) -> None:
    """Keep a file of the server's log under its name; doing so again is harmless. Raises ``NotKept``, ``OSError``."""
    target, draft = _place(name, folder), folder / f".{name}.draft"
    data = source.read_bytes()
    if target.exists():
        if gzip.decompress(target.read_bytes()) != data:
            raise NotKept(f"{target}: something else is there")
        return
    with draft.open("wb") as file:
        file.write(gzip.compress(data, _LEVEL))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    _sync_folder(folder)


def fetch(name: str, target: Path, folder: Path) -> bool:
    """Bring a file of the log back; whether the archive has it. Raises ``NotKept``, ``KeptDamaged``, ``OSError``."""
    kept = _place(name, folder)
    if not kept.exists():
        return False
    try:
        data = gzip.decompress(kept.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise KeptDamaged(f"{kept}: {error}") from error
    target.write_bytes(data)
    return True


def _place(name: str, folder: Path) -> Path:
    if not _NAME.fullmatch(name):
        raise NotKept(f"{name}: not a file of the log")
    return folder / f"{name}.gz"


def _sync_folder(folder: Path) -> None:
    """Only POSIX knows this."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
