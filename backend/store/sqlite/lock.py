"""The lock beside the cache: one node per file. The operating system lets go of it when the process dies."""

import json
import os
import socket
import sys
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.store.sqlite.place import refused

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30

    def try_lock(file: BinaryIO) -> None:
        """Hold it until it is closed. Raises ``OSError`` where another holds it."""
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def try_lock(file: BinaryIO) -> None:
        """Hold it until it is closed. Raises ``OSError`` where another holds it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StoreLocked(StorageError):
    """Another node holds the file."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class StoreLock:
    """Held from construction until ``release`` or the end of the process."""

    def __init__(self, cache: Path, now_ms: int) -> None:
        path = cache.with_name(cache.name + ".lock")
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise refused(cache, error) from error
        try:
            try_lock(self._file)
        except OSError:
            holder = _holder(self._file)
            self._file.close()
            raise StoreLocked(
                Message("{path} is in use by process {pid} on {host} since {since}", {"path": str(cache), **holder})
            ) from None
        self._file.seek(0)
        self._file.truncate()
        mine = {"pid": os.getpid(), "host": socket.gethostname(), "since_ms": now_ms}
        self._file.write(json.dumps(mine).encode())
        self._file.flush()

    def release(self) -> None:
        """Let another one in. The file stays: removing it would let two in."""
        self._file.close()


def _holder(file: BinaryIO) -> dict[str, str | int]:
    file.seek(0)
    try:
        said = json.loads(file.read(4096))
        since = _utc(int(said["since_ms"]))
        return {"pid": int(said["pid"]), "host": str(said["host"]), "since": since}
    except (ValueError, KeyError, TypeError):
        return {"pid": "?", "host": "?", "since": "?"}


def _utc(at_ms: int) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
