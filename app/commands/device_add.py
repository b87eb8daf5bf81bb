"""``enemado device add``: try a device out, check it, write it into the settings, and let the node take it over."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.examination import (
    WATCH_S,
    BecauseOption,
    ByOption,
    DespiteOption,
    WatchOption,
    admit,
    check_reason,
    facts,
    keep_record,
    known_site,
    look_of,
    neighbours,
    running_settings,
    tell_findings,
    try_device,
)
from app.commands.failure import CommandError
from app.commands.options import SettingsOption
from app.commands.places import which_node
from app.commands.speech import language, say, tell, warn
from app.commands.whole_address import whole_address
from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, ask
from backend.model.clock import SystemClock
from backend.model.device import Device, DeviceKind, Nameplate, Security
from backend.model.message import Message
from backend.quality.commissioning.look import Finding, Neighbour
from backend.quality.commissioning.table import examine
from backend.settings.node import NodeSettings

if TYPE_CHECKING:
    from backend.collector.trial import Trial
    from backend.settings.addition import Draft
    from backend.settings.insertion import Given

HELP = say("Try a device out, check it, and write it into the settings.")
_NAMED = re.compile(r"([a-z]{2,3})=(.+)")


@dataclass(frozen=True)
class _Candidate:
    """A device as it would be registered."""

    device: Device
    trial: "Trial | None"
    """None of a device that calls us and cannot be asked."""
    findings: Sequence[Finding]


def add(
    address: Annotated[str, typer.Argument(help=say("As “device scan” shows it; a bare host is asked by SunSpec."))],
    site: Annotated[str, typer.Option("--site", help=say("Key of the site in the settings."))],
    key: Annotated[str, typer.Option("--key", help=say("Key of the device, such as pcs1; history hangs on it."))],
    name: Annotated[
        list[str] | None, typer.Option("--name", help=say("What people call it; en=Roof, ja=屋根 for several."))
    ] = None,
    kind: Annotated[DeviceKind | None, typer.Option("--kind", help=say("What it is, if it does not say so itself."))] = None,
    rated_w: Annotated[float | None, typer.Option("--rated-w", help=say("Rated power in W; else by the nameplate."))] = None,
    security: Annotated[Security | None, typer.Option("--security", help=say("Of a charger: how it proves who it is."))] = None,
    settings: SettingsOption = None,
    by: ByOption = "",
    yes: Annotated[bool, typer.Option("--yes", help=say("Write without asking; doubts are accepted and recorded."))] = False,
    despite: DespiteOption = None,
    because: BecauseOption = "",
    watch: WatchOption = WATCH_S,
) -> None:
    """The file keeps its comments and its order; a copy of it is kept beside it."""
    overruled = tuple(despite or ())
    check_reason(overruled, because)
    file = _settings_file(settings)
    loaded = _loaded(file)
    known_site(loaded, site)
    address = whole_address(address)
    wanted = Device(f"{site}/{key}", site, kind or DeviceKind.INVERTER, _names(name), address, rated_w=rated_w, security=security)
    candidate = _candidate(wanted, kind, loaded, watch)
    given = _given(candidate.device)
    made = _draft(file, site, key, given)
    _show(candidate, key, given)
    admit(candidate.findings, overruled)
    if not yes and not typer.confirm(say("Write this into {file}?", file=str(file))):
        raise typer.Abort
    _write(made)
    _record(candidate, loaded, facts(by, "added", candidate.device, overruled, because))
    _take_over(loaded.cache, candidate.device)


def _settings_file(named: Path | None) -> Path:
    found = named or running_settings(which_node())
    if found is None:
        raise CommandError(
            Message("It is not clear which settings are meant."),
            Message("No node is running here."),
            Message("Name its settings with --settings FILE."),
            code=2,
        )
    return found


def _loaded(file: Path) -> NodeSettings:
    from backend.settings import load

    return load(file)


def _names(named: Sequence[str] | None) -> dict[str, str]:
    pairs = [(_NAMED.fullmatch(text), text) for text in named or ()]
    return {found[1] if found else language(): found[2] if found else text for found, text in pairs}


def _candidate(wanted: Device, kind: DeviceKind | None, settings: NodeSettings, watch: float) -> _Candidate:
    from backend.drivers.index import POLLING, scheme_of

    if scheme_of(wanted.address) not in POLLING:
        charger = wanted.address.startswith("ocpp://")
        kind = kind or (DeviceKind.CHARGER if charger else DeviceKind.SENSOR)
        return _Candidate(replace(wanted, kind=kind, names=wanted.names or {language(): wanted.key.partition("/")[2]}), None, ())
    trial = try_device(wanted, settings.cache, settings, watch, kind is not None)
    rated_w = wanted.rated_w or trial.description.rated_w
    device = replace(trial.device, names=wanted.names or {language(): _called(trial.plate, wanted)}, rated_w=rated_w)
    trial = replace(trial, device=device)
    return _Candidate(device, trial, examine(look_of(trial, settings, _around(settings, wanted.site))))


def _called(plate: Nameplate, device: Device) -> str:
    return f"{plate.maker} {plate.model}".strip() or device.key.partition("/")[2]


def _around(settings: NodeSettings, site: str) -> list[Neighbour]:
    """What is registered already; nothing where no node has kept anything yet."""
    from backend.store.reader import open_reader

    if isinstance(settings.place, Path) and not settings.place.exists():
        return [Neighbour(device) for device in settings.devices]

    async def look() -> list[Neighbour]:
        async with open_reader(settings.place) as reader:
            return await neighbours(reader, site, SystemClock().now_ms())

    return asyncio.run(look())


def _given(device: Device) -> "Given":
    given: dict[str, str | float | dict[str, str]] = {
        "kind": device.kind.value,
        "name": dict(device.names),
        "address": device.address,
    }
    if device.security is not None:
        given["security"] = device.security.value
    if device.rated_w is not None and device.kind is not DeviceKind.METER:
        given["rated_w"] = device.rated_w
    return given


def _draft(file: Path, site: str, key: str, given: "Given") -> "Draft":
    from backend.settings.addition import draft
    from backend.settings.insertion import NoPlace, as_block

    try:
        return draft(file, site, key, given)
    except NoPlace as error:
        raise CommandError(
            Message("No place for the device can be told for certain in {file}.", {"file": str(file)}),
            Message("Nothing was written: {reason}", {"reason": str(error)}),
            Message("Add these lines under devices yourself:\n{lines}", {"lines": "\n".join(as_block(key, given, 6))}),
        ) from error


def _show(candidate: _Candidate, key: str, given: "Given") -> None:
    from backend.settings.insertion import as_block

    trial = candidate.trial
    if trial is None:
        tell(say("It calls the node by itself and cannot be tried out from here."))
    else:
        tell(say("{maker} {model}, serial {serial}", maker=trial.plate.maker, model=trial.plate.model, serial=trial.plate.serial))
        for name, reading in trial.readings.items():
            if reading.value is not None:
                tell(f"  {name}: {reading.value:g}")
        tell_findings(candidate.findings)
    for line in as_block(key, given, 6):
        tell(line)


def _write(made: "Draft") -> None:
    from backend.settings.addition import Changed, write

    try:
        kept = write(made, datetime.now().astimezone())
    except Changed as error:
        raise CommandError(
            Message("Somebody else has just changed {file}.", {"file": str(made.file)}),
            Message("Nothing was written."),
            Message("Try again."),
        ) from error
    tell(say("Written into {file}; as it was before: {kept}", file=str(made.file), kept=str(kept)))


def _record(candidate: _Candidate, settings: NodeSettings, told: "dict[str, str | float | None]") -> None:
    from backend.collector.records import record

    trial, device = candidate.trial, candidate.device
    event = record(
        trial.at_ms if trial else SystemClock().now_ms(),
        device.key,
        told,
        trial.plate if trial else Nameplate(),
        trial.readings if trial else {},
        {point.spec.name: point.spec for point in trial.points} if trial else {},
        candidate.findings,
    )
    keep_record(settings.cache, event)


def _take_over(cache: Path, device: Device) -> None:
    """The record is taken with the settings; a node that does not run takes both when it starts."""
    try:
        ask(channel_file(cache), "reload", timeout_s=30.0)
    except NodeNotRunning:
        warn(say("No node is running; it takes the device over when it starts."))
    else:
        tell(say("The node has taken over its settings."))
    if device.security in (Security.BASIC, Security.TLS_BASIC):
        tell(say("Give it its password with: enemado secret set {device}", device=device.key))
