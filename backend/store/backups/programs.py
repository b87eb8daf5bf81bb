"""PostgreSQL's own programs: found, run, and listened to."""

import os
import re
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from backend.model.message import Message
from backend.store.backups.places import BackupError

_PROGRESS = re.compile(r"\s*(\d+)/\s*(\d+) kB \(\d+%\)")
_LAST_WORDS = 5


def find(name: str, major: int) -> str:
    """Where a program of this version is: in its usual folders, else on the path. Raises ``BackupError``."""
    folders = [f"/usr/lib/postgresql/{major}/bin", f"/usr/pgsql-{major}/bin", os.environ.get("PATH", os.defpath)]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        values: dict[str, str | int | float] = {"program": name, "version": major}
        raise BackupError(Message("{program} of PostgreSQL {version} is not installed here", values))
    return found


def run(command: Sequence[str], environment: Mapping[str, str], advance: Callable[[int, int], None]) -> None:
    """Run it to its end, telling how many kB of how many are done. Raises ``BackupError`` with what it said last."""
    said = deque[str](maxlen=_LAST_WORDS)
    surroundings = {**os.environ, "LC_ALL": "C", **environment}
    # A group of its own: pg_basebackup has a child that fetches the log, and it must end with it.
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=surroundings, start_new_session=True
    ) as process:
        try:
            for line in process.stderr or ():
                if (found := _PROGRESS.match(line)) is not None:
                    advance(int(found[1]), int(found[2]))
                else:
                    said.append(line.strip())
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        raise BackupError(Message("{reason}", {"reason": " ".join(said) or f"{command[0]}: {process.returncode}"}))


def _end(process: "subprocess.Popen[str]") -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()
