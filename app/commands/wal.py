"""``enemado wal-keep`` and ``wal-fetch``: what a PostgreSQL server calls for each file of its log, as its own account.

They take a short way in and need the standard library alone, because they are called often, and perhaps by a Python that has
nothing else.
"""

import shlex
import sys
from pathlib import Path

from backend.store.backups.archive import KeptDamaged, NotKept, fetch, keep

_ABORT = 255
"""Above 125 the server stops a recovery; below it takes the log for ended, and what follows a damaged file would be lost."""


def run_wal(arguments: list[str]) -> int:
    """``wal-keep PATH NAME --to FOLDER`` or ``wal-fetch NAME PATH --from FOLDER``; the exit code."""
    try:
        match arguments:
            case ["wal-keep", path, name, "--to", folder]:
                keep(Path(path), name, Path(folder))
            case ["wal-fetch", name, path, "--from", folder]:
                return 0 if fetch(name, Path(path), Path(folder)) else 1
            case _:
                sys.stderr.write("wal-keep PATH NAME --to FOLDER | wal-fetch NAME PATH --from FOLDER\n")
                return 2
    except KeptDamaged as error:
        sys.stderr.write(f"enemado: damaged: {error}\n")
        return _ABORT
    except (NotKept, OSError) as error:
        sys.stderr.write(f"enemado: {error}\n")
        return 1
    return 0


def keeping_command(enemado: str | None, folder: Path) -> str:
    """A server's ``archive_command``; ``enemado`` is how its account starts this program."""
    return f'{enemado or _own_command()} wal-keep "%p" "%f" --to {_quoted(folder)}'


def fetching_command(enemado: str | None, folder: Path) -> str:
    """A server's ``restore_command``."""
    return f'{enemado or _own_command()} wal-fetch "%f" "%p" --from {_quoted(folder)}'


def _own_command() -> str:
    """How this program was started."""
    module = "" if getattr(sys, "frozen", False) else " -P -m app.cli"
    return f"{_quoted(Path(sys.executable))}{module}"


def _quoted(path: Path) -> str:
    """For a shell, behind a server that gives ``%`` a meaning."""
    return shlex.quote(str(path.absolute())).replace("%", "%%")
