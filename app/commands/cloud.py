"""``enemado cloud``: the engine as a parent of other nodes; the same program with other settings."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.failure import CommandError
from app.commands.node import run_settings
from app.commands.speech import say
from backend.model.message import Message

HELP = say("Run a cloud node: take in what other nodes send, and keep it.")


def cloud(settings: Annotated[Path, typer.Option("--settings", help=say("Settings file of the node (YAML)."))]) -> None:
    """Run until stopped by Ctrl+C, SIGTERM or ``enemado node stop``."""
    from backend.identity.authority import Authority
    from backend.settings import load

    ingest = load(settings).ingest
    if ingest is None:
        raise CommandError(
            Message("These settings name no port for other nodes."),
            Message("Nothing was started."),
            Message("Add a group “ingest” as in assets/examples/cloud.yaml, or run: enemado node --settings FILE"),
            code=2,
        )
    if not Authority(ingest.authority).exists:
        raise CommandError(
            Message("There is no authority in {folder}.", {"folder": str(ingest.authority)}),
            Message("Without one no other node can be believed. Nothing was started."),
            Message("Make one with: enemado ca create NAME --folder {folder}", {"folder": str(ingest.authority)}),
        )
    run_settings(settings)
