"""A note beside the cache of how far it has come: a file that is behind its note was cut, copied back or exchanged."""

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

from backend.wire.batch import ID_BYTES

_NOTE = Struct(f"<{ID_BYTES}sQ")
_SUM = Struct("<I")


@dataclass(frozen=True, slots=True)
class Note:
    """What was on disk for certain when it was written."""

    epoch: bytes
    sequence: int
    """The last number given."""


class Mark:
    """Written after commits and never synced: it may be behind the cache, but not ahead of it."""

    def __init__(self, cache: Path) -> None:
        self._path = cache.with_name(f"{cache.name}.mark")

    def read(self) -> Note | None:
        """None where there is none, or none that can be believed."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return None
        body, end = data[: _NOTE.size], data[_NOTE.size :]
        if len(data) != _NOTE.size + _SUM.size or _SUM.unpack(end)[0] != zlib.crc32(body):
            return None
        return Note(*_NOTE.unpack(body))

    def write(self, note: Note) -> None:
        """In one piece. A disk that refuses it stops nothing."""
        body = _NOTE.pack(note.epoch, note.sequence)
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError:
            return
        try:
            os.write(descriptor, body + _SUM.pack(zlib.crc32(body)))
        except OSError:
            return
        finally:
            os.close(descriptor)
