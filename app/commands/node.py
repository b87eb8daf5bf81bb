"""``enemado node``: run the engine without a screen, and ask a running one."""

import contextlib
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from app.commands.columns import columns
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import log_folder, remember_cache, which_node
from app.commands.speech import say, tell, texts, warn
from backend.model.message import Message

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

group = typer.Typer(help=say("Run the engine without a screen, or ask a running one."), invoke_without_command=True)


@group.callback()
def run(
    context: typer.Context,
    settings: SettingsOption = None,
    demo: Annotated[Path | None, typer.Option("--demo", hidden=True)] = None,
    beat: Annotated[Path | None, typer.Option("--beat", hidden=True)] = None,
) -> None:
    """Run until stopped by Ctrl+C, SIGTERM or ``enemado node stop``."""
    if context.invoked_subcommand is not None:
        return
    if settings is None:
        raise typer.BadParameter(say("Name the settings file with --settings FILE."), param_hint="--settings")
    run_settings(settings, demo, partial(_beat, beat) if beat else _keep_still)


def _keep_still() -> None:
    """Nobody watches."""


def run_settings(settings: Path, demo: Path | None = None, beat: "Callable[[], None]" = _keep_still) -> None:
    """Run the engine until it is stopped."""
    import asyncio

    from app.commands.logs import log_to
    from backend.node import run_node
    from backend.settings import load
    from backend.simulation.staging import staging_of

    found = load(settings)
    log_to(log_folder() / "node.log")
    remember_cache(found.cache)
    collecting = partial(_tell_collecting, found.name, str(found.place))
    asked = found.api is not None or found.ingest is not None
    with asyncio.Runner(loop_factory=_faster_loop() if asked else None) as runner:
        runner.run(run_node(found, staging_of(demo) if demo else None, collecting, _tell_operator, beat))
    tell(say("Stopped. Everything is on disk."))


def _beat(file: Path) -> None:
    """Let the supervisor see that the store has dealt with a batch; a disk that cannot be written stops nothing."""
    with contextlib.suppress(OSError):
        file.touch()


def _tell_operator(message: Message) -> None:
    warn(texts().say_message(message))


def _tell_collecting(name: str, cache: str) -> None:
    tell(say("{name} is collecting into {cache}. Stop with Ctrl+C.", name=name, cache=cache))


def _faster_loop() -> "Callable[[], AbstractEventLoop] | None":
    """For nodes that other programs ask; there is none for Windows."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


@group.command(help=say("How a running node is doing."))
def status(cache: CacheOption = None, settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Exit code 3 where none is running."""
    answer = _ask(which_node(cache, settings), "status")
    if as_json:
        tell(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    voice = texts()
    tell(say("{name} is running, version {version}, process {pid}.", **_words(answer, "name", "version", "pid")))
    tell(say("Cache: {cache}", **_words(answer, "cache")))
    if answer.get("key_id"):
        tell(say("Key id: {key_id}", **_words(answer, "key_id")))
    used, cap = cast("int", answer["bytes_used"]), cast("int", answer["bytes_cap"])
    if cap:
        tell(say("Used: {used} of {cap}", used=str(voice.data_size(used)), cap=str(voice.data_size(cap))))
    else:
        tell(say("Used: {used}, without a cap", used=str(voice.data_size(used))))
    tell(say("Readings not yet folded: {count}", count=voice.number(cast("int", answer["unfolded"]))))
    tell(say("Readings lost: {count}", count=voice.number(cast("int", answer["lost"]))))
    if answer.get("storage_trouble"):
        tell(say("Nothing can be stored at the moment: {reason}", reason=str(answer["storage_trouble"])))
    for protocol, reason in cast("dict[str, str]", answer["listening_trouble"]).items():
        tell(say("Devices cannot connect by {protocol}: {reason}", protocol=protocol, reason=reason))
    if answer.get("api_trouble"):
        tell(say("Other programs cannot ask: {reason}", reason=str(answer["api_trouble"])))
    if answer.get("ingest_trouble"):
        tell(say("Other nodes cannot send: {reason}", reason=str(answer["ingest_trouble"])))
    _tell_exchange(answer.get("sync"))
    rows = [(f"  {device}", _link_word(state)) for device, state in cast("dict[str, str]", answer["devices"]).items()]
    for line in columns(rows):
        tell(line)


@group.command(help=say("Stop a running node; everything it has taken in goes to disk first."))
def stop(cache: CacheOption = None, settings: SettingsOption = None) -> None:
    """Exit code 3 where none is running."""
    _ask(which_node(cache, settings), "stop")
    tell(say("The node is stopping."))


@group.command(help=say("Let a running node read its settings again, without losing readings."))
def reload(cache: CacheOption = None, settings: SettingsOption = None) -> None:
    """With wrong settings the node tells the mistakes and goes on with the old ones."""
    _ask(which_node(cache, settings), "reload")
    tell(say("The node has taken over its settings."))


def _ask(cache: Path, action: str) -> dict[str, object]:
    from backend.api.channel import channel_file
    from backend.api.client import ask

    return ask(channel_file(cache), action)


def _tell_exchange(told: object) -> None:
    if told is None:
        return
    import msgspec

    from app.commands.sync import figures, link_line
    from backend.model.sync import SyncStatus

    status = msgspec.convert(told, SyncStatus)
    tell(link_line(status))
    tell(figures(status))


def _link_word(state: str) -> str:
    from app.kit.presenters.vocabulary import state_word
    from backend.model.states import Connectivity, StateSet

    return state_word(texts(), StateSet.CONNECTIVITY, Connectivity[state])


def _words(answer: dict[str, object], *names: str) -> dict[str, str]:
    return {name: str(answer[name]) for name in names}
