"""Ties a child process to the supervisor that started it, so that nobody is left running alone."""

import os
import signal
import sys

PARENT = "ENEMADO_PARENT"
"""Environment variable that tells a child its parent's process id."""
_SET_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def tie_to_parent() -> None:
    """On Linux, have the kernel end this process when its supervisor dies, even by kill -9; else do nothing."""
    parent = os.environ.pop(PARENT, "")
    if not parent.isdecimal() or sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
