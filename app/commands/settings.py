"""``enemado settings``: check a settings file without starting anything."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.speech import say, tell, texts

group = typer.Typer(help=say("Look after a settings file."), no_args_is_help=True)


@group.callback()
def _settings() -> None:
    """Keep ``check`` a command of its own."""


@group.command(help=say("Tell every mistake in a settings file, by line and key."))
def check(file: Annotated[Path, typer.Argument(help=say("The settings file (YAML)."))]) -> None:
    """Exit code 0 where the file can be used."""
    from backend.settings import load

    found = load(file)
    voice = texts()
    tell(say("{file} is in order.", file=str(file)))
    sites = voice.say_count("{count} site", "{count} sites", len(found.sites))
    devices = voice.say_count("{count} device", "{count} devices", len(found.devices))
    tell(say("{name}: {sites}, {devices}, cache {cache}", name=found.name, sites=sites, devices=devices, cache=str(found.cache)))
