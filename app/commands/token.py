"""``enemado token``: who may ask this node over its API, and what."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.commands.columns import columns
from app.commands.failure import CommandError
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_cache
from app.commands.speech import say, tell, warn
from backend.api.tokens import Scope, Token, TokenFile, token_file
from backend.model.message import Message

group = typer.Typer(help=say("Let other programs ask this node, and forbid it again."), no_args_is_help=True)
_USUAL_DAYS = 365


@group.command(help=say("Make a token; it is shown once and kept nowhere."))
def create(
    name: Annotated[str, typer.Argument(help=say("For whom or what it is."))],
    scope: Annotated[list[Scope], typer.Option("--scope", help=say("What it may see or do; give it once for each."))],
    device: Annotated[
        list[str] | None, typer.Option("--device", help=say("For write:readings: a device it may speak for, SITE/DEVICE."))
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help=say("How long it is valid."))] = _USUAL_DAYS,
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """The word alone goes to the output, so that it can be piped to where it belongs."""
    devices = device or []
    if bool(devices) is not (Scope.WRITE in scope):
        raise typer.BadParameter(say("write:readings needs --device SITE/DEVICE, and nothing else does."), param_hint="--device")
    token, word = _tokens(cache, settings).create(name, scope, _now_ms(), days, devices)
    warn(
        say(
            "Token {id} for {name}, valid until {day}. Keep it safe: it is not shown again.",
            **_words(token.id, name, token.expires_ms),
        )
    )
    tell(word)


@group.command("list", help=say("The tokens of this node."))
def list_tokens(cache: CacheOption = None, settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Expired ones too, until they are revoked."""
    tokens = _tokens(cache, settings).all()
    if as_json:
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "scopes": each.scopes,
                "devices": each.devices,
                "created_ms": each.created_ms,
                "expires_ms": each.expires_ms,
            }
            for each in tokens
        ]
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not tokens:
        tell(say("There are no tokens; nobody can ask."))
        return
    head = (say("Id"), say("For"), say("Valid until"), say("May see or do"), say("Speaks for"))
    for line in columns([head, *(_row(each) for each in tokens)]):
        tell(line)


@group.command(help=say("Make a token worthless at once."))
def revoke(
    identity: Annotated[str, typer.Argument(help=say("Id of the token, as in the list."))],
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """A running node refuses it from the next request on."""
    if not _tokens(cache, settings).revoke(identity):
        raise CommandError(
            Message("There is no token “{id}”.", {"id": identity}),
            Message("Nothing was changed."),
            Message("See all of them with: enemado token list"),
            code=2,
        )
    tell(say("Revoked."))


def _tokens(cache: CacheOption, settings: SettingsOption) -> TokenFile:
    return token_file(which_cache(cache, settings))


def _row(token: Token) -> tuple[str, ...]:
    return token.id, token.name, _day(token.expires_ms), " ".join(token.scopes), " ".join(token.devices)


def _now_ms() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def _words(identity: str, name: str, expires_ms: int) -> dict[str, str]:
    return {"id": identity, "name": name, "day": _day(expires_ms)}
