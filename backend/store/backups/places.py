"""Where drafts are made: beside what they will become, so that a rename makes them it, whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.store.sqlite.lock import try_lock

_HELD = ".held"
"""In a folder for drafts, locked for as long as somebody works in it."""


class BackupError(StorageError):
    """A backup cannot be made, believed or brought back."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def check_empty(*places: Path) -> None:
    """Nothing is ever written over. Raises ``BackupError``."""
    for place in places:
        if place.is_dir() and not place.is_symlink() and not any(place.iterdir()):
            continue
        if os.path.lexists(place):
            raise BackupError(Message("There is something already at {path}", {"path": str(place)}))


@contextlib.contextmanager
def workshop(target: Path) -> Generator[Path]:
    """A folder for drafts that only this user can read, beside the target; gone afterwards, whatever happened.

    Raises ``FileNotFoundError`` where the target has no place: a disk that is not mounted is not replaced by a folder.
    """
    _sweep(target.parent)
    drafts = TemporaryDirectory(prefix=f".{target.name}.", suffix=".draft", dir=target.parent)
    with drafts as folder, (Path(folder) / _HELD).open("wb") as held:
        try_lock(held)
        yield Path(folder)


def _sweep(place: Path) -> None:
    """Remove what those left behind who were killed at their work."""
    for held in place.glob(f".*.draft/{_HELD}"):
        with contextlib.suppress(OSError):
            with held.open("r+b") as file:
                try_lock(file)
            shutil.rmtree(held.parent)


@contextlib.contextmanager
def room(source: Path) -> Generator[Path]:
    """The same for what is only looked at; among the system's temporary files where nothing can be written beside it."""
    beside = source.parent if os.access(source.parent, os.W_OK) else None
    with TemporaryDirectory(prefix=f".{source.name}.", suffix=".look", dir=beside) as folder:
        yield Path(folder)


def publish(draft: Path, target: Path) -> None:
    """Make a draft, a file or a folder, what it was made for: on disk when this returns."""
    sync(draft)
    draft.rename(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file, or the list of what is in a folder, on disk; only POSIX knows the latter."""
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
