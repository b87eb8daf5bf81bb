"""A cloud node behind a bad door: ``SEED SHARE FILE`` stand before the command's own arguments.

A share of all requests meets with a mishap; each one that came to pass is a line of the file.
Once there is a file ``over`` beside it, nothing happens any more.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cli import main
from backend.sync import door
from tests.support.bad_door import BadDoor, Mishap, random_mishaps

OVER = "over"


def written(draw: Callable[[], Mishap], path: Path) -> Callable[[], Mishap]:
    """The same plan, told in a file."""

    def draw_and_tell() -> Mishap:
        mishap = Mishap.NONE if path.with_name(OVER).exists() else draw()
        if mishap is not Mishap.NONE:
            with path.open("a") as file:
                file.write(f"{mishap}\n")
        return mishap

    return draw_and_tell


def run() -> None:
    """Be the node."""
    _, seed, share, file, *rest = sys.argv
    plan = written(random_mishaps(random.Random(int(seed)), float(share)), Path(file))
    make: Any = getattr(door, "_application")  # noqa: B009 - private to its module
    setattr(door, "_application", lambda *parts: BadDoor(make(*parts), plan))  # noqa: B010 - not meant to be exchanged
    sys.argv[1:] = rest
    main()


if __name__ == "__main__":
    run()
