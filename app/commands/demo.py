"""``enemado demo``: a whole town of pseudo devices, its node and its screen; and faults to switch on while it runs."""

import socket
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import typer

from app.commands.children import has_display, node_child, supervise, watch_face
from app.commands.failure import CommandError
from app.commands.places import data_folder, remember_cache
from app.commands.speech import say, tell, texts
from app.supervisor import Child
from backend.model.clock import ClockAnchor
from backend.model.message import Message

group = typer.Typer(help=say("Show a whole town of pseudo devices."), invoke_without_command=True)
NODE_SILENT = "node_silent"


@group.callback()
def demo(
    context: typer.Context,
    speed: Annotated[float, typer.Option("--speed", min=0.1, max=600.0, help=say("How fast time passes."))] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help=say("Another seed, other clouds and cars."))] = 1,
    start: Annotated[str, typer.Option("--start", help=say("Time of day at which it begins, such as 10:30, or now."))] = "10:30",
    without_display: Annotated[
        bool, typer.Option("--without-display", help=say("Only the town and its node, no screen."))
    ] = False,
    face: Annotated[str, typer.Option("--face", hidden=True)] = "kiosk",
) -> int:
    """Open the kiosk on the demo town; everything in it is made up."""
    if context.invoked_subcommand is not None:
        return 0
    folder = demo_folder()
    cache, script = _set_the_stage(folder, speed, seed, start)
    remember_cache(cache)
    others = [
        Child("town", ["town", "--script", str(script), "--cache", str(cache)]),
        node_child(cache, ["--settings", str(folder / "town.yaml"), "--demo", str(script)]),
    ]
    tell(say("The demo town is made up; its devices are pseudo devices on this computer."))
    if without_display:
        tell(say("Its cache: {cache}. Stop with Ctrl+C.", cache=str(cache)))
        return supervise(others)
    if not has_display():
        tell(say("Switch faults on from another terminal: enemado demo fault NAME; names: enemado demo faults"))
    return watch_face(face, cache, others)


@group.command(help=say("Let something go wrong in the running demo."))
def fault(
    name: Annotated[str, typer.Argument(help=say("Name of the fault; see: enemado demo faults"))],
    off: Annotated[bool, typer.Option("--off", help=say("Mend it again."))] = False,
) -> None:
    """Switch one fault of the town on or off."""
    _ask_town("fault", name=name, on=not off)
    tell(say("{name} is mended.", name=name) if off else say("{name} is switched on.", name=name))


@group.command(help=say("What can go wrong in the running demo, and what does at the moment."))
def faults() -> None:
    """One line per fault."""
    answer = _ask_town("faults")
    voice = texts()
    for row in cast("list[dict[str, str | bool]]", answer["faults"]):
        mark = "●" if row["on"] else "○"
        tell(f"{mark} {row['name']:<18}{row['device']:<22}{voice.say(str(row['text']))}")


def demo_folder() -> Path:
    """Where the demo keeps its settings, script and cache."""
    folder = data_folder() / "demo"
    folder.mkdir(exist_ok=True)
    return folder


def _ask_town(action: str, **values: object) -> dict[str, object]:
    from backend.api.channel import channel_file
    from backend.api.client import NodeNotRunning, NodeRefused, ask

    try:
        return ask(channel_file(demo_folder() / "town"), action, timeout_s=10.0, **values)
    except NodeNotRunning as error:
        raise CommandError(
            Message("No demo is running."),
            Message("Faults can only be switched on while it runs."),
            Message("Start it in another terminal: enemado demo"),
            code=3,
        ) from error
    except NodeRefused as error:
        raise CommandError(error.message, Message("Nothing was changed."), Message("See: enemado demo faults")) from error


def _set_the_stage(folder: Path, speed: float, seed: int, start: str) -> tuple[Path, Path]:
    """A fresh cache, free ports, the script and the settings file; the cache and the script."""
    from app.kit import resources
    from backend.api.client import is_running
    from backend.simulation.plan import TIMEZONE
    from backend.simulation.script import Script, served_keys
    from backend.simulation.town_settings import settings_text

    cache, script_file = folder / "town.enemado", folder / "town.json"
    if is_running(cache):
        raise CommandError(
            Message("A demo is running already."),
            Message("There is one demo at a time."),
            Message("Stop it first with Ctrl+C in its terminal."),
            1,
        )
    for old in folder.glob("town.enemado*"):
        old.unlink()
    keys = served_keys()
    ocpp_port, *ports = free_ports(len(keys) + 1)
    now = datetime.now(ZoneInfo(TIMEZONE))
    anchor = ClockAnchor(_start_ms(now, start), time.time_ns() // 1_000_000, speed)
    pattern = resources.assets() / "demo" / "day.csv"
    script = Script(seed, now.date().isoformat(), anchor, str(pattern), dict(zip(keys, ports, strict=True)), ocpp_port)
    script.write(script_file)
    (folder / "town.yaml").write_text(settings_text(script, cache), encoding="utf-8")
    return cache, script_file


def _start_ms(now: datetime, start: str) -> int:
    if start == "now":
        return round(now.timestamp() * 1000)
    try:
        hour, minute = (int(part) for part in start.split(":"))
        return round(now.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() * 1000)
    except ValueError as error:
        raise typer.BadParameter(say("Write the time as 10:30, or now."), param_hint="--start") from error


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses at this moment, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
