"""``enemado restore``: a store from its backup, or a database server's folder at a chosen moment."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands.failure import CommandError
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import moment, which_place
from app.commands.progress import watched
from app.commands.speech import say, tell, warn
from app.commands.wal import fetching_command
from backend.model.message import Message

HELP = say("Bring a store back from its backup, into an empty place.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help=say("The backup: a file, or a server's folder."))],
    settings: SettingsOption = None,
    cache: CacheOption = None,
    into: Annotated[
        Path | None, typer.Option("--into", help=say("For a server: its data folder, empty or not there yet."))
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help=say("For a server: the moment, such as 2026-11-23T12:00+09:00; else the newest."))
    ] = None,
    archive: Annotated[Path | None, typer.Option("--archive", help=say("For a server: folder of the archived log."))] = None,
    enemado: Annotated[
        str | None,
        typer.Option("--enemado", help=say("How the server's account starts this program; else as it was started now.")),
    ] = None,
) -> None:
    """Verifies everything before anything is put in place."""
    if source.is_dir():
        _restore_server(source, into, at, archive, enemado)
        return
    if into is not None or at is not None or archive is not None:
        raise _wrong(Message("{path} is the backup of a file, not of a server.", {"path": str(source)}))
    place = which_place(cache, settings)
    if isinstance(place, str):
        raise _wrong(Message("These settings name a database, and {path} is the backup of a file.", {"path": str(source)}))
    _restore_file(source, place)


def _restore_file(source: Path, cache: Path) -> None:
    from backend.identity.cabinet import Place
    from backend.identity.node_key import key_cabinet
    from backend.store.backups import store_file

    with watched() as progress:
        manifest = store_file.restore(source, cache, _now_ms(), progress)
    contents = manifest.contents
    words = {"node": contents.node, "sequence": str(contents.sequence), "moment": moment(manifest.made_ms)}
    tell(say("{node} is back at number {sequence}, as it was at {moment}: {file}", **words, file=str(cache)))
    tell(say("It goes on in a new epoch when it is started."))
    if key_cabinet(cache).place() in {Place.NOWHERE, Place.LOST}:
        warn(say("Its key is not part of a backup: it makes a new one, and has to be enrolled again."))


def _restore_server(source: Path, into: Path | None, at: str | None, archive: Path | None, enemado: str | None) -> None:
    from backend.store.backups import server

    if into is None:
        raise _wrong(Message("Name the server's new data folder with --into."))
    if at is not None and archive is None:
        raise _wrong(Message("A moment can only be had with the archived log: name its folder with --archive."))
    recovery = None
    if archive is not None:
        recovery = server.Recovery(fetching_command(enemado, archive), _moment(at) if at is not None else None)
    with watched() as progress:
        manifest = server.restore_server(source, into, recovery, _now_ms(), progress)
    tell(
        say(
            "The database of {node} is in {folder}. Start PostgreSQL on it as its own account.",
            node=manifest.node,
            folder=str(into),
        )
    )
    if recovery is not None:
        tell(say("It then takes from the archive what came after the backup."))
    tell(say("It archives nothing yet. Back it up, and see: enemado backup archive --help"))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise _wrong(Message("{text} is no moment such as 2026-11-23T12:00+09:00.", {"text": text})) from error


def _wrong(happened: Message) -> CommandError:
    return CommandError(happened, Message("Nothing was changed."), Message("See: enemado restore --help"), code=2)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
