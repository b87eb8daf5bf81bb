"""``enemado backup``: a store into one file, a database server into a folder, and what the server needs to archive its log."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import moment, remember_backup, which_cache, which_place
from app.commands.progress import watched
from app.commands.speech import say, tell, texts, warn
from app.commands.wal import keeping_command

_USUAL = "to"


class _ToByDefault(TyperGroup):
    """``backup FILE`` means ``backup to FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the word that was left out."""
        named = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if named else [_USUAL, *args])


group = typer.Typer(
    cls=_ToByDefault,
    help=say("Back up a store while its node runs: enemado backup FILE --settings FILE"),
    no_args_is_help=True,
)
EnemadoOption = Annotated[
    str | None, typer.Option("--enemado", help=say("How the server's account starts this program; else as it was started now."))
]


@group.command(_USUAL, help=say("Back up a cache into a file, or a PostgreSQL server into a folder."))
def back_up(
    target: Annotated[Path, typer.Argument(metavar="FILE", help=say("Where the backup will be; there must be nothing yet."))],
    settings: SettingsOption = None,
    cache: CacheOption = None,
) -> None:
    """The node may run and goes on writing."""
    place = which_place(cache, settings)
    if isinstance(place, Path):
        _back_up_file(place, target)
    else:
        _back_up_server(place, settings, target)
    remember_backup(which_cache(cache, settings), _now_ms())


def _back_up_file(cache: Path, target: Path) -> None:
    from backend.store.backups import store_file

    with watched() as progress:
        manifest = store_file.back_up(cache, target, _now_ms(), progress)
    contents = manifest.contents
    tell(
        say(
            "{node} is backed up to number {sequence}: {file}, {size}",
            node=contents.node,
            sequence=str(contents.sequence),
            file=str(target),
            size=str(texts().data_size(target.stat().st_size)),
        )
    )


def _back_up_server(address: str, settings: Path | None, target: Path) -> None:
    from backend.settings import load
    from backend.store.backups import server

    assert settings is not None
    name = load(settings).name
    with watched() as progress:
        manifest = server.back_up_server(address, name, target, progress)
    tell(say("The database of {node} is backed up as it was at {moment}: {file}", **_words(name, manifest.made_ms, target)))
    tell(say("With the archived log it can be brought to any later moment: enemado backup archive --help"))


@group.command(help=say("Verify everything in a backup, and change nothing."))
def check(
    source: Annotated[Path, typer.Argument(metavar="FILE", help=say("The backup: a file, or a server's folder."))],
    as_json: JsonOption = False,
) -> None:
    """Unpacks a file beside it for as long as that takes."""
    from backend.store.backups import server, store_file

    with watched() as progress:
        manifest = server.check_server(source, progress) if source.is_dir() else store_file.check(source, progress)
    if as_json:
        tell(json.dumps(msgspec.to_builtins(manifest), ensure_ascii=False, indent=1))
        return
    node = manifest.node if isinstance(manifest, server.ServerManifest) else manifest.contents.node
    tell(say("{file} is whole: {node}, as it was at {moment}", **_words(node, manifest.made_ms, source)))


@group.command(help=say("Tell what a PostgreSQL server needs so that it can be brought to any moment."))
def archive(
    to: Annotated[Path, typer.Option("--to", help=say("Folder for the log, best on another disk; the server's account writes."))],
    enemado: EnemadoOption = None,
) -> None:
    """Lines for ``postgresql.conf``, on the output alone so that they can be appended to it."""
    command = keeping_command(enemado, to).replace("'", "''")
    for line in ("wal_level = replica", "archive_mode = on", f"archive_command = '{command}'", "archive_timeout = 60"):
        tell(line)
    warn(say("Put these lines into postgresql.conf, start the server anew, and make a backup then."))


def _words(node: str, moment_ms: int, file: Path) -> dict[str, str]:
    return {"node": node, "moment": moment(moment_ms), "file": str(file)}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
