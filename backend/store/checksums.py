"""Check sums beside the bytes of chunks, fragments and roll-ups: a disk may change them, and nobody else would notice.

A sum covers the bytes and what they are about, such as point and hour, so that they cannot stand in another's place either.
"""

import struct
import zlib

from backend.wire.compression import compress, decompress
from backend.wire.numbers import Damaged

_MARK = b"\xc1"
"""Begins neither a zstd frame nor a MessagePack value: what was kept before there were sums is taken as it is."""
_SUM = struct.Struct("<I")
_FRONT = len(_MARK) + _SUM.size


def with_sum(data: bytes, *about: int) -> bytes:
    """The bytes behind their sum."""
    return b"".join((_MARK, _SUM.pack(_sum(data, about)), data))


def without_sum(data: bytes, *about: int) -> bytes:
    """What ``with_sum`` took. Raises ``Damaged`` where a byte differs, or where it is about something else."""
    if data[:1] != _MARK:
        return data
    content = data[_FRONT:]
    if len(data) < _FRONT or _SUM.unpack_from(data, len(_MARK))[0] != _sum(content, about):
        raise Damaged("check sum differs")
    return content


def close(content: bytes, *about: int) -> bytes:
    """Compressed, behind its sum."""
    return with_sum(compress(content), *about)


def disclose(data: bytes, *about: int) -> bytes:
    """What was closed. Raises ``Damaged``."""
    return decompress(without_sum(data, *about))


def _sum(data: bytes, about: tuple[int, ...]) -> int:
    return zlib.crc32(data, zlib.crc32(struct.pack(f"<{len(about)}q", *about)))
