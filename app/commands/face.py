"""``enemado face kiosk|console --cache F``: one face in this process; what the supervisor starts, quick to begin with."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.logs import log_to
from app.commands.places import log_folder

if TYPE_CHECKING:
    from app.host import Stage


def run_face(arguments: list[str]) -> int:
    """Show one face on one cache file until it is closed; the exit code."""
    parser = argparse.ArgumentParser(prog="enemado face")
    parser.add_argument("face", choices=("kiosk", "console"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, help="folder in which a fresh picture of the current scene is kept")
    parser.add_argument("--beat", type=Path, help="file to touch after painting, for whoever watches over this process")
    options = parser.parse_args(arguments)
    log_to(log_folder() / f"{options.face}.log")
    show = _console if options.face == "console" else _kiosk
    return show(options.cache, options.pictures, options.beat)


def _kiosk(cache: Path, pictures: Path | None, beat: Path | None) -> int:
    from app.host import run
    from backend.store.reader import open_reader
    from kiosk.player import Player
    from kiosk.scenes import SCENES

    return run(lambda bridge, tasks: Player(bridge, SCENES), cache, open_reader, _stage(pictures, beat))


def _console(cache: Path, pictures: Path | None, beat: Path | None) -> int:
    from app.commands.speech import language
    from app.console.shell import open_console
    from app.host import run
    from backend.store.reader import open_reader

    stage = _stage(pictures, beat, full_screen=False)
    return run(lambda bridge, tasks: open_console(bridge, tasks, language()), cache, open_reader, stage)


def _stage(pictures: Path | None, beat: Path | None, full_screen: bool = True) -> "Stage":
    from app.host import Stage

    return Stage((1920, 1080) if pictures else None, full_screen, pictures, beat)
