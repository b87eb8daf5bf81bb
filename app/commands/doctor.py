"""``enemado doctor``: is this computer ready, and what to do where it is not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.commands.options import JsonOption, SettingsOption
from app.commands.places import which_cache
from app.commands.speech import say, tell, texts

if TYPE_CHECKING:
    from app.commands.checkups import Finding

HELP = say("Look whether this computer is ready, and tell what to do where it is not.")


def doctor(settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Exit code 1 where something has to be done first."""
    from app.commands.checkups import CHECKS, State

    findings = [check() for check in CHECKS] + _kept(settings) + _ports(settings)
    voice = texts()
    if as_json:
        rows = [
            {
                "name": voice.say_message(each.name),
                "state": each.state.value,
                "found": voice.say_message(each.found),
                "do": voice.say_message(each.do) if each.do else "",
            }
            for each in findings
        ]
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        marks = {State.GOOD: say("good"), State.NOTE: say("note"), State.BAD: say("BAD")}
        for each in findings:
            tell(f"[{marks[each.state]}] {voice.say_message(each.name)}: {voice.say_message(each.found)}")
            if each.do:
                tell(f"       → {voice.say_message(each.do)}")
    if any(each.state is State.BAD for each in findings):
        raise typer.Exit(1)


def _kept(settings: SettingsOption) -> "list[Finding]":
    from app.commands.checkups import backup, node_key

    if settings is None:
        return []
    cache = which_cache(None, settings)
    return [node_key(cache), backup(cache)]


def _ports(settings: SettingsOption) -> "list[Finding]":
    from app.commands.checkups import api_port, ingest_port, ocpp_port
    from backend.settings import OcppListener, load

    if settings is None:
        usual = OcppListener()
        return [ocpp_port(usual.host, usual.port, ours=False)]
    known, status = load(settings), _running(which_cache(None, settings))
    found = [api_port(known.api, _trouble(status, "api_trouble"))] if known.api else []
    if known.ingest is not None:
        found.append(ingest_port(known.ingest, _trouble(status, "ingest_trouble")))
    if known.ocpp is None:
        return found
    ours, ports = status is not None, (known.ocpp.port, known.ocpp.tls_port)
    return [ocpp_port(known.ocpp.host, port, ours) for port in ports if port is not None] + found


def _running(cache: Path) -> dict[str, object] | None:
    """What the running node says of itself; None where no node is running."""
    from backend.api.channel import channel_file
    from backend.api.client import NodeNotRunning, ask

    try:
        return ask(channel_file(cache), "status")
    except NodeNotRunning:
        return None


def _trouble(status: dict[str, object] | None, name: str) -> str | None:
    return None if status is None else str(status.get(name, ""))
