"""``enemado device command``: tell a charger to do something, through the node that holds it, and show the receipt."""

import getpass
import json
from typing import Annotated, Final

import typer

from app.commands.failure import CommandError
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_node
from app.commands.speech import say, tell
from backend.model.command import WAYS, CommandKind, Verdict
from backend.model.message import Message

_LONGEST_WAIT_S: Final = 200.0
"""A charger may be busy with earlier questions, and then think for half a minute."""
_DONE: Final = (Verdict.ACCEPTED, Verdict.SCHEDULED)


def command(
    device: Annotated[str, typer.Argument(help=say("The charger, as site/device."))],
    kind: Annotated[CommandKind, typer.Argument(help=say("What it shall do."))],
    how: Annotated[
        str,
        typer.Argument(
            help=say("reset: soft, hard; availability: on, off; trigger: status, meter, heartbeat, boot, transaction.")
        ),
    ] = "",
    connector: Annotated[int | None, typer.Option("--connector", help=say("Of this connector only; unlock needs one."))] = None,
    as_json: JsonOption = False,
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """Who asks is recorded; nothing is repeated by itself."""
    from backend.api.channel import channel_file
    from backend.api.client import ask

    _check(kind, how, connector)
    wanted = {"device": device, "kind": kind.value, "how": how, "connector": connector, "by": getpass.getuser()}
    receipt = ask(channel_file(which_node(cache, settings)), "command", _LONGEST_WAIT_S, **wanted)
    verdict, word, number = Verdict(str(receipt["verdict"])), str(receipt["word"]), str(receipt["number"])
    if as_json:
        tell(json.dumps({**wanted, **{name: receipt[name] for name in _SHOWN}}, ensure_ascii=False, indent=1))
    else:
        tell(say("{device}: {outcome} Receipt {number}.", device=device, outcome=_outcome(verdict, word), number=number))
    if verdict not in _DONE:
        raise typer.Exit(1)


_SHOWN: Final = ("number", "asked_ms", "done_ms", "verdict", "word")


def _check(kind: CommandKind, how: str, connector: int | None) -> None:
    ways = WAYS[kind]
    if how and how not in ways:
        raise CommandError(
            Message("“{name}” cannot be done in the way “{how}”.", {"name": kind.value, "how": how}),
            Message("This command knows other ways."),
            Message("Say one of: {ways}", {"ways": ", ".join(ways) or "—"}),
            code=2,
        )
    if kind is CommandKind.UNLOCK and not connector:
        raise CommandError(
            Message("It is not said which connector shall be unlocked."),
            Message("A charger may have several."),
            Message("Add --connector NUMBER."),
            code=2,
        )


def _outcome(verdict: Verdict, word: str) -> str:
    match verdict:
        case Verdict.ACCEPTED:
            return say("Done: the device says “{word}”.", word=word)
        case Verdict.SCHEDULED:
            return say("It will be done as soon as nobody charges.")
        case Verdict.REFUSED:
            return say("Refused: the device says “{word}”.", word=word)
        case Verdict.TIMED_OUT:
            return say("Sent, but the device did not answer: it may have been done or not.")
        case Verdict.OFFLINE:
            return say("Not sent: the device is not connected.")
        case Verdict.UNSUPPORTED:
            return say("Not sent: this device knows no such command.")
        case Verdict.UNKNOWN:
            return say("The node was stopped meanwhile: it may have been done or not.")
