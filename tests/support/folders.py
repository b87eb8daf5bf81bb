"""Folders for files that are written thousands of times and never have to last."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

RAM = Path("/dev/shm")
"""A disk in memory, where there is one: many small files and syncs cost nothing."""


@contextmanager
def quick_folder() -> Generator[Path]:
    """An empty folder, gone in the end."""
    with tempfile.TemporaryDirectory(prefix="enemado-", dir=RAM if RAM.is_dir() else None) as folder:
        yield Path(folder)
