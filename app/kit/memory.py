"""Keeps a face's memory level on Linux: pictures go back to the system when they are let go."""

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1 << 20


def return_large_blocks() -> bool:
    """Have every block above 1 MiB mapped on its own; whether the C library could be told so.

    The GNU library otherwise raises that limit whenever such a block is freed, keeps later pictures in its heap, and a
    player that cross-fades for months ends with a heap full of holes (mallopt(3), M_MMAP_THRESHOLD).
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt is not None and mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES))
