"""Whether a path can be a cache at all; asked before anything is made beside it."""

import os
from pathlib import Path

from backend.model.delivery import StorageError
from backend.model.message import Message


class StoreMisplaced(StorageError):
    """No cache can be kept, or read, under this path."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def check_place(path: Path) -> None:
    """A regular file, or none yet. Raises ``StoreMisplaced``."""
    try:
        regular = path.is_file() or not path.exists()
    except OSError as error:
        raise refused(path, error) from error
    if not regular:
        raise StoreMisplaced(Message("{path} is a folder or a device, not a file that could be a cache", {"path": str(path)}))


def make_place(path: Path) -> None:
    """The folder of a cache that is to be written, made if need be. Raises ``StoreMisplaced``."""
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(path, error) from error
    for needed in (path.parent, path):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise StoreMisplaced(Message("This user may not write to {path}", {"path": str(needed)}))


def refused(path: Path, error: OSError) -> StoreMisplaced:
    """What to raise where the system lets nobody keep a cache."""
    values: dict[str, str | int | float] = {"path": str(path), "reason": error.strerror or str(error)}
    return StoreMisplaced(Message("No cache can be kept at {path}: {reason}", values))
