"""Where Enemado keeps its files on this computer, and which cache a command means."""

import os
from datetime import datetime
from pathlib import Path

from app.commands.failure import CommandError
from backend.model.message import Message

_KEPT_NODES = 20


def data_folder() -> Path:
    """This user's data folder, made if need be; ENEMADO_DATA moves it. Raises ``CommandError`` where it cannot be used."""
    moved = os.environ.get("ENEMADO_DATA")
    if moved:
        folder = Path(moved)
    else:
        from platformdirs import user_data_path

        folder = user_data_path("enemado", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, Message("{reason}", {"reason": error.strerror or str(error)})) from error
    if not os.access(folder, os.W_OK):
        raise _unusable(folder, Message("this user may not write there"))
    return folder


def _unusable(folder: Path, reason: Message) -> CommandError:
    return CommandError(
        Message("Enemado's own folder {folder} cannot be used.", {"folder": str(folder)}),
        reason,
        Message("Let this user write there, or name another folder in the environment variable ENEMADO_DATA."),
    )


def log_folder() -> Path:
    """Where logs are kept; made by whoever writes one."""
    return data_folder() / "logs"


def remember_cache(cache: Path) -> None:
    """Let later commands without ``--cache`` mean this one."""
    (data_folder() / "current").write_text(str(cache), encoding="utf-8")
    others = [str(known) for known in started_caches() if known != cache]
    (data_folder() / "nodes").write_text("\n".join([*others, str(cache)][-_KEPT_NODES:]), encoding="utf-8")


def remember_backup(cache: Path, at_ms: int) -> None:
    """Note beside a cache when it, or the database in its stead, was backed up."""
    _backup_note(cache).write_text(str(at_ms), encoding="utf-8")


def last_backup_ms(cache: Path) -> int | None:
    """When that was; None where nobody noted one."""
    try:
        return int(_backup_note(cache).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _backup_note(cache: Path) -> Path:
    return cache.with_name(cache.name + ".backup")


def moment(at_ms: int) -> str:
    """An instant in this computer's own time, with its offset."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().isoformat(" ", "seconds")


def started_caches() -> list[Path]:
    """Caches of the nodes that were started on this computer and are still there, the newest last.

    A node that keeps its readings in a database has no cache file; while it runs, its channel lies in that place.
    """
    from backend.api.channel import channel_file

    try:
        lines = (data_folder() / "nodes").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [known for known in map(Path, lines) if known.exists() or channel_file(known).exists()]


def which_node(cache: Path | None = None, settings: Path | None = None) -> Path:
    """The cache of the node that is meant; without a name the one that runs. Raises ``CommandError`` where several do."""
    from backend.api.client import is_running

    if cache is not None or settings is not None or os.environ.get("ENEMADO_CACHE"):
        return which_cache(cache, settings)
    running = [known for known in started_caches() if is_running(known)]
    if len(running) > 1:
        raise CommandError(
            Message("Several nodes are running, and it is not clear which one is meant."),
            Message("Their caches: {caches}", {"caches": ", ".join(map(str, running))}),
            Message("Name one with --cache FILE or --settings FILE."),
            code=2,
        )
    return running[0] if running else which_cache()


def which_cache(cache: Path | None = None, settings: Path | None = None) -> Path:
    """The cache that is meant: named, by settings, or the one of the node started last. Raises ``CommandError``."""
    if cache is not None:
        return cache.absolute()
    if settings is not None:
        from backend.settings import load

        return load(settings).cache
    named = os.environ.get("ENEMADO_CACHE") or _remembered()
    if not named:
        raise CommandError(
            Message("It is not clear which node is meant."),
            Message("No node has been started on this computer yet."),
            Message("Name its settings with --settings FILE, or try the demo: enemado demo"),
        )
    return Path(named)


def which_place(cache: Path | None = None, settings: Path | None = None) -> Path | str:
    """Where the readings are: a cache file, or the database that the settings name. Raises ``CommandError``."""
    if cache is None and settings is not None:
        from backend.settings import load

        return load(settings).place
    return which_cache(cache, settings)


def _remembered() -> str:
    try:
        return (data_folder() / "current").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
