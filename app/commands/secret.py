"""``enemado secret``: the passwords of chargers, asked for at the terminal and never written in settings."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.cache import read_cache
from app.commands.failure import CommandError
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_cache
from app.commands.speech import say, tell, warn
from backend.model.message import Message

group = typer.Typer(help=say("Keep the secrets of devices."), no_args_is_help=True)
_OTHERS = ("mqtt",)
"""Secrets that belong to no device: the password for the broker."""
_SHORTEST = 16
"""OCPP 1.6 security whitepaper: passwords of charge points have 16 to 40 characters."""


@group.callback()
def _secret() -> None:
    """Keep ``set`` a command of its own."""


@group.command("set", help=say("Ask for the secret of a device and keep it."))
def set_secret(
    device: Annotated[str, typer.Argument(help=say("Key of the device: site/device."))],
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """Into the system's keyring where it proves to work, else into a file that only this user can read."""
    from backend.settings.secrets import SecretStore

    named = which_cache(cache, settings)
    _check_device(device, named, settings)
    store = SecretStore(named.parent)
    word = _entered(device) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not word:
        raise _nothing_kept(Message("The secret is empty."))
    if len(word) < _SHORTEST:
        warn(say("It has fewer than {count} characters; many chargers refuse that.", count=_SHORTEST))
    if store.keep(device, word):
        tell(say("Kept in the keyring of this system."))
    else:
        warn(say("This system has no keyring that works. The secret is kept in a file that only this user can read:"))
        warn(f"  {store.file}")
    tell(say("A running node takes it over with: enemado node reload"))


def _check_device(device: str, cache: Path, settings: Path | None) -> None:
    """Before anything is asked for. Raises ``CommandError`` where neither settings nor cache know the device."""
    if settings is not None:
        from backend.settings import load

        known = [each.key for each in load(settings).devices]
    else:
        known = [each.key for each in read_cache(cache, lambda reader: reader.devices())]
    if device not in (*known, *_OTHERS):
        raise CommandError(
            Message("There is no device “{device}”.", {"device": device}),
            Message("Known are: {known}", {"known": ", ".join(known)}),
            Message("Name one of them, or the settings file it stands in with --settings FILE."),
            code=2,
        )


def _entered(device: str) -> str:
    word: str = typer.prompt(say("Secret of {device} (nothing is shown)", device=device), hide_input=True)
    if typer.prompt(say("Once more"), hide_input=True) != word:
        raise _nothing_kept(Message("The two entries differ."))
    return word


def _nothing_kept(why: Message) -> CommandError:
    return CommandError(why, Message("Nothing was kept."), Message("Try again: enemado secret set SITE/DEVICE"))
