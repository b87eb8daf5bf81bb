"""zstd level 3 with bounded output: one compressor per thread, because they are not shared."""

import threading

import zstandard

from backend.wire.numbers import Damaged

LEVEL = 3
LARGEST = 64 * 1024 * 1024
"""Nothing that we wrote is larger when unpacked."""


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        self.unpack = zstandard.ZstdDecompressor()


_mine = _PerThread()


def compress(data: bytes) -> bytes:
    """Fewer bytes."""
    return _mine.pack.compress(data)


def unpacked_size(data: bytes) -> int:
    """Bytes that it takes unpacked, as its frame announces. Raises ``Damaged``."""
    try:
        size = zstandard.frame_content_size(data)
    except zstandard.ZstdError as error:
        raise Damaged(str(error)) from error
    if not 0 <= size <= LARGEST:
        raise Damaged("larger than anything we write")
    return size


def decompress(data: bytes) -> bytes:
    """What was compressed. Raises ``Damaged``."""
    try:
        if zstandard.frame_content_size(data) > LARGEST:
            raise Damaged("larger than anything we write")
        return _mine.unpack.decompress(data, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise Damaged(str(error)) from error
