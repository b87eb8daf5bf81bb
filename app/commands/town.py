"""``enemado town``: the pseudo devices of a running demo; what its supervisor starts."""

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.demo import NODE_SILENT
from app.commands.places import log_folder
from backend.model.message import Message

if TYPE_CHECKING:
    from backend.simulation.town import Town


def town(script: Annotated[Path, typer.Option("--script")], cache: Annotated[Path, typer.Option("--cache")]) -> None:
    """Run the pseudo devices of a script until told to stop."""
    from app.commands.logs import log_to

    log_to(log_folder() / "town.log")
    asyncio.run(_run(script, cache))


async def _run(script: Path, cache: Path) -> None:
    from backend.api.channel import channel_file
    from backend.api.control import serve_control
    from backend.ending import end_on_signals
    from backend.simulation.script import Script
    from backend.simulation.town import Town

    stopping = asyncio.Event()
    found = Town(Script.read(script))
    faults = _Faults(found, cache)
    actions = {"fault": faults.switch, "faults": faults.list, "status": faults.list}
    with end_on_signals(stopping):
        async with found.running(), serve_control(channel_file(script.with_name("town")), actions):
            await stopping.wait()


class _Faults:
    """What the demo command can ask the town for."""

    def __init__(self, town: "Town", cache: Path) -> None:
        self._town, self._cache = town, cache
        self._node_silent = False

    async def list(self, request: dict[str, object]) -> dict[str, object]:
        """Every fault, whom it hits, and whether it is on."""
        from backend.simulation.faults import EXPLAINED, STRUCK, TownFault

        rows = [
            {"name": each.value, "device": STRUCK[each], "text": EXPLAINED[each].text, "on": each in self._town.faults}
            for each in TownFault
        ]
        silent = Message("The node stands still: screens show what they last knew, and how old it is.")
        return {"faults": [*rows, {"name": NODE_SILENT, "device": "", "text": silent.text, "on": self._node_silent}]}

    async def switch(self, request: dict[str, object]) -> dict[str, object]:
        """Switch one fault on or off."""
        from backend.api.control import RefusedError
        from backend.simulation.faults import TownFault

        name, on = str(request.get("name")), request.get("on") is True
        if name == NODE_SILENT:
            self._hold_node(on)
        elif name in set(TownFault):
            await self._town.switch(TownFault(name), on)
        else:
            known = ", ".join([*TownFault, NODE_SILENT])
            raise RefusedError(Message("There is no fault “{name}”. Known are: {known}", {"name": name, "known": known}))
        return {}

    def _hold_node(self, on: bool) -> None:
        from backend.api.channel import channel_file, read_channel
        from backend.api.control import RefusedError

        channel = read_channel(channel_file(self._cache))
        if channel is None or not hasattr(signal, "SIGSTOP"):
            raise RefusedError(Message("The node cannot be held here."))
        os.kill(channel.pid, signal.SIGSTOP if on else signal.SIGCONT)
        self._node_silent = on
