"""``enemado secret``: the passwords of chargers, asked for at the terminal and never written in settings."""

from typing import Annotated

import typer

from app.commands.failure import CommandError
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_cache
from app.commands.speech import say, tell, warn
from backend.model.message import Message

group = typer.Typer(help=say("Keep the secrets of devices."), no_args_is_help=True)
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

    store = SecretStore(which_cache(cache, settings).parent)
    word = typer.prompt(say("Secret of {device} (nothing is shown)", device=device), hide_input=True)
    if typer.prompt(say("Once more"), hide_input=True) != word:
        raise CommandError(
            Message("The two entries differ."), Message("Nothing was kept."), Message("Try again: enemado secret set SITE/DEVICE")
        )
    if len(word) < _SHORTEST:
        warn(say("It has fewer than {count} characters; many chargers refuse that.", count=_SHORTEST))
    if store.keep(device, word):
        tell(say("Kept in the keyring of this system."))
    else:
        warn(say("This system has no keyring that works. The secret is kept in a file that only this user can read:"))
        warn(f"  {store.file}")
    tell(say("A running node takes it over with: enemado node reload"))
