"""Disks of a few mebibytes, in memory: to be filled."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024


def missing() -> str | None:
    """Why no disk can be made here; None where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root can mount a small disk"
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "nothing can be mounted here"


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Generator[Path]:
    """A folder on a disk of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Hog:
    """Another program that takes all that is left of a disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "hog"

    def fill(self) -> None:
        """To the last byte."""
        with self._path.open("wb", buffering=0) as file:
            for size in (MIB, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def leave(self) -> None:
        """Give it back."""
        self._path.unlink()
