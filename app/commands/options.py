"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.speech import say

CacheOption = Annotated[Path | None, typer.Option("--cache", help=say("Cache file of the node; else the one started last."))]
SettingsOption = Annotated[Path | None, typer.Option("--settings", help=say("Settings file of the node (YAML)."))]
JsonOption = Annotated[bool, typer.Option("--json", help=say("Machine-readable."))]


class Form(StrEnum):
    """How rows are shown."""

    TABLE = "table"
    JSON = "json"


FormOption = Annotated[Form, typer.Option("--format", help=say("A table for people, or json for programs."))]
