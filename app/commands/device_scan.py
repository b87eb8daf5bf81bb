"""``enemado device scan``: which devices are in the network, or knock at this node."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer

from app.commands.columns import columns
from app.commands.known_devices import KnownDevices, known_devices
from app.commands.networks import hosts_of, networks
from app.commands.options import CacheOption, Form, FormOption, SettingsOption
from app.commands.places import moment
from app.commands.progress import ProgressLine, ending_at_sigterm
from app.commands.speech import say, tell, warn
from backend.drivers.contract import Area, DeviceError, Found

HELP = say("Look for devices in a network, and for those that knock at this node.")
CANCELLED = 130


@dataclass
class _Search:
    """What a scan has come to."""

    found: list[Found] = field(default_factory=list[Found])
    troubles: dict[str, str] = field(default_factory=dict[str, str])
    """Why a protocol could not be searched."""
    steps: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])


def scan(
    network: Annotated[
        list[str] | None, typer.Argument(help=say("Such as 192.168.1.0/24; else the networks of this computer."))
    ] = None,
    port: Annotated[list[int] | None, typer.Option("--port", min=1, max=65535, help=say("One more TCP port to try."))] = None,
    protocol: Annotated[list[str] | None, typer.Option("--protocol", help=say("Only this protocol, such as sunspec."))] = None,
    cache: CacheOption = None,
    settings: SettingsOption = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Nothing is changed on any device. Ctrl+C ends it and shows what was found so far."""
    area = Area(hosts_of(networks(network or ())), tuple(port or ()))
    known = known_devices(cache, settings)
    search, line = _Search(), ProgressLine()
    asked = _asked(protocol)
    cancelled = False
    try:
        with ending_at_sigterm():
            asyncio.run(_scan(area, asked, known, search, line))
    except KeyboardInterrupt:
        cancelled = True
    finally:
        line.clear()
    _show(search, known, form)
    if cancelled:
        warn(say("Cancelled; this is what was found so far."))
        raise typer.Exit(CANCELLED)


def _asked(protocols: Sequence[str] | None) -> Sequence[str]:
    from backend.drivers.index import SCANNING

    for name in protocols or ():
        if name not in SCANNING:
            raise typer.BadParameter(say("Expected one of {names}.", names=", ".join(SCANNING)), param_hint="--protocol")
    return protocols or tuple(SCANNING)


async def _scan(area: Area, protocols: Sequence[str], known: KnownDevices, search: _Search, line: ProgressLine) -> None:
    from backend.drivers.index import SCANNING
    from backend.model.clock import SystemClock

    async with AsyncExitStack() as stack:
        reader = await known.reader(stack)
        async with asyncio.TaskGroup() as tasks:
            for name in protocols:
                scanner = SCANNING[name](known.settings, reader, SystemClock())
                work = scanner.scan(area, search.found.append, _stepping(name, search, line))
                tasks.create_task(_search_by(name, work, search), name=f"scan {name}")


async def _search_by(name: str, work: Awaitable[None], search: _Search) -> None:
    try:
        await work
    except DeviceError as error:
        search.troubles[name] = str(error)


def _stepping(name: str, search: _Search, line: ProgressLine) -> Callable[[int, int], None]:
    def step(done: int, total: int) -> None:
        search.steps[name] = (done, total)
        line.show(
            say("Searching, {count} found", count=len(search.found)),
            sum(each for each, _ in search.steps.values()),
            sum(each for _, each in search.steps.values()),
        )

    return step


def _show(search: _Search, known: KnownDevices, form: Form) -> None:
    found = sorted(search.found, key=lambda each: each.address)
    rows = [{**asdict(each), "registered": known.key_of(each)} for each in found]
    if form is Form.JSON:
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
    elif found:
        head = (say("Address"), say("Kind"), say("Maker"), say("Model"), say("Serial"), say("Registered"))
        for text in columns([head, *(_line(each, known) for each in found)]):
            tell(text)
        tell(say("Register one with: enemado device add ADDRESS --site SITE --key KEY"))
    else:
        tell(say("Nothing was found. Devices may be switched off, asleep, or in another network."))
    for name, why in search.troubles.items():
        warn(say("{protocol} could not be searched: {reason}", protocol=name, reason=why))


def _line(found: Found, known: KnownDevices) -> tuple[str, ...]:
    plate, key = found.plate, known.key_of(found)
    seen = say("knocked at {time}", time=moment(found.seen_ms)) if found.seen_ms is not None else "—"
    return found.address, found.kind or "—", plate.maker or "—", plate.model or "—", plate.serial or "—", key or seen
