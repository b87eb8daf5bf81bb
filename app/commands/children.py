"""Start a face and, where none is running, a node beside it."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from app.commands.failure import CommandError
from app.commands.places import data_folder
from app.commands.speech import say, tell, warn
from app.supervisor import Child, Supervisor, command_line
from backend.model.message import Message


def watch_face(face: str, cache: Path, others: list[Child]) -> int:
    """Keep this face, and whatever it needs, running until it is closed; the exit code."""
    offscreen = not has_display()
    beat = str(data_folder() / f"{face}.beat")
    arguments = ["face", face, "--cache", str(cache), "--beat", beat]
    environment: dict[str, str] = {}
    if offscreen:
        pictures = data_folder() / "pictures"
        pictures.mkdir(exist_ok=True)
        arguments += ["--pictures", str(pictures)]
        environment["QT_QPA_PLATFORM"] = "offscreen"
        tell(
            say("There is no display: a fresh picture of the screen is kept in {folder}. Stop with Ctrl+C.", folder=str(pictures))
        )
    return supervise([*others, Child(face, arguments, environment, leads=True, beat=beat)])


def supervise(children: list[Child]) -> int:
    """Keep these running; the exit code. Where the system can, this process shrinks to the bare supervisor first."""
    if sys.platform != "win32":
        sys.stdout.flush()
        command = command_line(["supervise", json.dumps([asdict(child) for child in children])])
        os.execv(command[0], command)
    return Supervisor(children, tell=tell_end).run()


def node_beside(cache: Path, settings: Path | None) -> list[Child]:
    """The node to start: none where one is running, or where only what is known can be shown."""
    from backend.api.client import is_running
    from backend.store.sqlite.place import check_place

    check_place(cache)
    if is_running(cache):
        return []
    if settings is not None:
        return [node_child(cache, ["--settings", str(settings)])]
    if not cache.exists():
        raise CommandError(
            Message("There is nothing to show at {cache}", {"cache": str(cache)}),
            Message("No node is running and none has run here before."),
            Message("Name the settings with --settings FILE, or try the demo: enemado demo"),
        )
    warn(say("No node is running here: the screen shows what was last known."))
    return []


def node_child(cache: Path, arguments: list[str]) -> Child:
    """A node to keep running; it beats beside its cache."""
    beat = str(cache.with_name(f"{cache.name}.beat"))
    return Child("node", ["node", *arguments, "--beat", beat], beat=beat)


def has_display() -> bool:
    """Whether a window can be shown; on Linux a display has to be named in the environment."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def tell_end(name: str, code: int) -> None:
    """A child ended in a way it should not."""
    warn(say("{name} ended unexpectedly with code {code}; it is started again.", name=name, code=str(code)))
