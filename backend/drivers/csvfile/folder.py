"""A watched folder: which files are complete, and where they go when they were taken in, or could not be."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DONE: Final = "done"
ASIDE: Final = "set-aside"
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
Shape = tuple[int, int]
"""Size and time of the last change: a file of which both stay is complete."""


@dataclass
class Folder:
    """Blocking; its caller uses it in a thread."""

    path: Path
    keep: bool = False
    """Whether files stay where they are."""
    _seen: dict[str, Shape] = field(default_factory=dict[str, Shape])
    _dealt_with: dict[str, Shape] = field(default_factory=dict[str, Shape])

    def complete(self) -> list[Path]:
        """Files that have not changed since the last look and were not dealt with, the oldest first. Raises ``OSError``."""
        shapes = {
            entry.name: (found.st_size, found.st_mtime_ns)
            for entry in os.scandir(self.path)
            if entry.is_file() and not _is_unfinished(entry.name)
            for found in (entry.stat(),)
        }
        ready = [name for name, shape in shapes.items() if self._seen.get(name) == shape != self._dealt_with.get(name)]
        self._seen = shapes
        self._dealt_with = {name: shape for name, shape in self._dealt_with.items() if name in shapes}
        return [self.path / name for name in sorted(ready, key=lambda name: (shapes[name][1], name))]

    def deal_with(self, file: Path, reason: str) -> None:
        """A file was taken in, or for this reason could not be: then the reason lies beside it. Raises ``OSError``."""
        self._remember(file)
        if self.keep:
            return
        moved = self._move(file, ASIDE if reason else DONE)
        if reason and moved is not None:
            moved.with_name(moved.name + ".why.txt").write_text(reason + "\n", encoding="utf-8")

    def _remember(self, file: Path) -> None:
        """Also where it is moved: a folder that cannot be written must not bring the same file for ever."""
        self._dealt_with[file.name] = self._seen.get(file.name, (0, 0))

    def _move(self, file: Path, into: str) -> Path | None:
        try:
            (self.path / into).mkdir(exist_ok=True)
            target = _free(self.path / into / file.name)
            return file.rename(target)
        except OSError:
            return None


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)


def _free(path: Path) -> Path:
    """A name that nothing has yet."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
