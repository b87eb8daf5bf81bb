"""How far a long piece of work has come, for whoever waits for it."""

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """What is being done."""

    COPYING = "copying"
    VERIFYING = "verifying"
    PACKING = "packing"
    UNPACKING = "unpacking"


Tell = Callable[[Stage, int, int], None]
"""Called with the stage, what is done and what is to be done, in one unit; raising ends the work."""
