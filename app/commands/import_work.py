"""Carrying out an import: by the node where it runs, else in the node's place, which then cannot start meanwhile."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import typer

from app.commands.cache import read_cache
from app.commands.failure import CommandError
from app.commands.logs import log_to
from app.commands.places import log_folder, which_cache, which_place
from app.commands.speech import say
from backend.api.channel import channel_file
from backend.api.client import ask, is_running
from backend.collector.imports import ImportRefused, Order, carry_out, target_of
from backend.drivers.csvfile.keeping import Keeper, Place, Rules
from backend.drivers.csvfile.plan import Target
from backend.drivers.csvfile.report import Report
from backend.ending import end_on_signals
from backend.model.device import Device
from backend.model.message import Message
from backend.model.site import Site
from backend.settings import NodeSettings, load
from backend.store.contract import Reader

LOOK_AGAIN_S = 0.2


@dataclass(frozen=True)
class Work:
    """Where an import goes."""

    target: Target
    device: Device
    cache: Path
    settings: Path | None

    def run(self, file: Path, choices: dict[str, str], *, replace: bool) -> Report:
        """Until it is done, or cancelled by Ctrl+C. Raises ``CommandError`` and what the node says."""
        order = Order(file, self.target.device, choices, replace)
        line = ProgressLine()
        try:
            if is_running(self.cache):
                return asyncio.run(_through_node(self.cache, order, line.show))
            if self.settings is None:
                raise CommandError(
                    Message("No node is running here."),
                    Message("Without one its settings are needed to write into its cache."),
                    Message("Start the node, or add --settings FILE."),
                    code=3,
                )
            log_to(log_folder() / "import.log")
            return asyncio.run(_directly(load(self.settings), order, self.target, line.show))
        except ImportRefused as refused:
            raise CommandError(
                refused.message, Message("Nothing was imported."), Message("See: enemado import FILE --preview"), code=2
            ) from refused
        finally:
            line.clear()


def find_work(device: str, settings: Path | None, cache: Path | None, *, preview: bool) -> Work | None:
    """Find the device in the settings or in the node's cache; None for a preview of a file alone. Raises ``CommandError``."""
    if preview and not device:
        return None
    if settings is not None:
        found = load(settings)
        sites, devices = found.sites, found.devices
    else:
        sites, devices = read_cache(which_place(cache, settings), _known)
    known = {each.key: each for each in devices}
    if device not in known:
        values = {"device": device, "names": ", ".join(known)}
        raise CommandError(
            Message("There is no device “{device}” in the settings; there are: {names}", {**values}),
            Message("Nothing was imported."),
            Message("Name one of these with --device."),
            code=2,
        )
    return Work(target_of(known[device], sites), known[device], which_cache(cache, settings), settings)


async def _known(reader: Reader) -> tuple[tuple[Site, ...], tuple[Device, ...]]:
    return tuple(await reader.sites()), tuple(await reader.devices())


Show = Callable[[int, int], None]


async def _through_node(cache: Path, order: Order, show: Show) -> Report:
    def question(action: str, **values: object) -> dict[str, object]:
        return ask(channel_file(cache), action, 60.0, **values)

    begin = {"file": str(order.file), "device": order.device, "choices": dict(order.choices), "replace": order.replace}
    stop, cancelled = asyncio.Event(), False
    with end_on_signals(stop):
        await asyncio.to_thread(question, "import", **begin)
        while True:
            if stop.is_set() and not cancelled:
                cancelled = True
                await asyncio.to_thread(question, "import_cancel")
            status = await asyncio.to_thread(question, "import_status")
            report = msgspec.convert(status["report"], Report) if status.get("report") else Report(cancelled=cancelled)
            show(report.rows, report.taken)
            if cast("bool", status["done"]):
                return report
            await asyncio.sleep(LOOK_AGAIN_S)


async def _directly(settings: NodeSettings, order: Order, target: Target, show: Show) -> Report:
    """As the node would do it: the same store, key and checks."""
    from backend.identity.node_key import open_node_key
    from backend.intake import open_intake
    from backend.model.clock import SystemClock
    from backend.node import retention_of
    from backend.store.opening import open_store
    from backend.store.reader import open_reader
    from backend.store.sqlite.place import make_place

    clock, stop = SystemClock(), asyncio.Event()
    async with AsyncExitStack() as stack:
        make_place(settings.cache)
        key = open_node_key(settings.cache)
        store = await stack.enter_async_context(open_store(settings.place, settings.name, clock, retention_of(settings), key))
        intake = await stack.enter_async_context(open_intake(store, clock))
        reader = await stack.enter_async_context(open_reader(settings.place))
        await intake.define(settings.sites, settings.devices)
        stack.enter_context(end_on_signals(stop))
        rules = Rules(order.replace)
        holder: list[Keeper] = []

        def watch(report: Report) -> None:
            show(report.rows, report.taken)
            if stop.is_set():
                holder[0].stop()

        return await carry_out(order, target, Place(intake, reader, clock), rules, holder.append, watch)


class ProgressLine:
    """Written over while it changes; where nobody watches, nothing is shown."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()

    def show(self, rows: int, taken: int) -> None:
        """Rows read so far, and how many of them were taken."""
        if self._watched:
            text = say("{rows} rows read, {taken} taken", rows=f"{rows:,}", taken=f"{taken:,}")
            typer.echo(f"\r\x1b[K{text}", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line to others."""
        if self._watched:
            typer.echo("\r\x1b[K", err=True, nl=False)
