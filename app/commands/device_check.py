"""``enemado device check``: the checks of commissioning once more, for a device that is registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from app.commands.cache import clock_of, read_cache
from app.commands.examination import (
    WATCH_S,
    BecauseOption,
    ByOption,
    DespiteOption,
    WatchOption,
    admit,
    check_reason,
    facts,
    fresh,
    keep_record,
    neighbours,
    tell_findings,
    try_device,
)
from app.commands.failure import CommandError
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_cache, which_place
from app.commands.speech import say, tell, warn
from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, NodeRefused, ask
from backend.model.device import Device
from backend.model.message import Message
from backend.model.point import PointKind, PointSpec
from backend.model.reading import Reading
from backend.model.site import Site
from backend.quality.commissioning.look import Look, Neighbour
from backend.quality.commissioning.table import examine
from backend.store.contract import Reader

if TYPE_CHECKING:
    from backend.collector.trial import Trial

HELP = say("Repeat the checks of commissioning for a registered device, and keep a record.")
_BEFORE_MS = 90_000


@dataclass(frozen=True)
class _Known:
    """What the cache has of a device and of what stands around it."""

    device: Device
    site: Site
    now_ms: int
    specs: dict[str, PointSpec]
    readings: dict[str, Reading]
    before: dict[str, Reading]
    """Registers of the oldest reading of the last minutes."""
    around: Sequence[Neighbour]


def check(
    device: Annotated[str, typer.Argument(help=say("Key of the device: site/device."))],
    cache: CacheOption = None,
    settings: SettingsOption = None,
    by: ByOption = "",
    despite: DespiteOption = None,
    because: BecauseOption = "",
    watch: WatchOption = WATCH_S,
) -> None:
    """A running node is asked for what it knows; without one the device is asked directly."""
    overruled = tuple(despite or ())
    check_reason(overruled, because)

    async def know(reader: Reader) -> _Known:
        return await _known(reader, device)

    known = read_cache(which_place(cache, settings), know)
    named = which_cache(cache, settings)
    look, specs = _look(known, named, settings, watch)
    findings = examine(look)
    tell_findings(findings)
    from backend.collector.records import record

    told = facts(by, "checked", known.device, overruled, because)
    if not keep_record(named, record(look.at_ms, device, told, look.plate, look.readings, specs, findings)):
        warn(say("No node is running; it takes the record over when it starts."))
    admit(findings, overruled)
    tell(say("Recorded. See it with: enemado device records {device}", device=device))


async def _known(reader: Reader, key: str) -> _Known:
    devices = {each.key: each for each in await reader.devices()}
    if key not in devices:
        raise CommandError(
            Message("There is no device “{device}”.", {"device": key}),
            Message("Known are: {known}", {"known": ", ".join(devices)}),
            Message("Register it with: enemado device add ADDRESS --site SITE --key KEY"),
            code=2,
        )
    device = devices[key]
    now_ms = (await clock_of(reader)).now_ms()
    site = next(each for each in await reader.sites() if each.key == device.site)
    specs = {point.spec.name: point.spec for point in await reader.points() if point.device == key}
    readings = fresh(device, await reader.latest(), now_ms)
    before: dict[str, Reading] = {}
    for name in readings:
        if name in specs and specs[name].kind is PointKind.ACCUMULATING:
            column = await reader.raw(f"{key}/{name}", now_ms - _BEFORE_MS, now_ms)
            if len(column):
                before[name] = Reading(f"{key}/{name}", int(column.at_ms[0]), float(column.value[0]))
    return _Known(device, site, now_ms, specs, readings, before, await neighbours(reader, device.site, now_ms))


def _look(known: _Known, cache: Path, settings: Path | None, watch: float) -> tuple[Look, dict[str, PointSpec]]:
    from backend.drivers.index import POLLING, scheme_of

    if scheme_of(known.device.address) not in POLLING:
        return _as_kept(known, {}), known.specs
    try:
        return _as_kept(known, ask(channel_file(cache), "describe", timeout_s=60.0, device=known.device.key)), known.specs
    except NodeRefused:
        # The node has no session with it now: what the cache has is all there is.
        return _as_kept(known, {}), known.specs
    except NodeNotRunning:
        trial = try_device(known.device, cache, None, watch, known_kind=True)
        return _as_tried(known, trial), {point.spec.name: point.spec for point in trial.points}


def _as_kept(known: _Known, described: dict[str, object]) -> Look:
    clock_ms, now_ms = described.get("clock_ms"), described.get("now_ms")
    off_ms = cast("int", clock_ms) - cast("int", now_ms) if clock_ms is not None else None
    own = next(each for each in known.around if each.device.key == known.device.key)
    others = [each for each in known.around if each is not own]
    return Look(
        known.device,
        known.site,
        known.now_ms,
        own.plate,
        known.readings,
        known.before,
        cast("float | None", described.get("rated_w")),
        off_ms,
        cast("float | None", described.get("total_w")),
        tuple(cast("Sequence[float]", described.get("phases_w") or ())),
        others,
    )


def _as_tried(known: _Known, trial: "Trial") -> Look:
    told = trial.description
    others = [each for each in known.around if each.device.key != known.device.key]
    return Look(
        known.device,
        known.site,
        trial.at_ms,
        trial.plate,
        trial.readings,
        trial.before,
        told.rated_w,
        trial.clock_off_ms,
        told.total_w,
        told.phases_w,
        others,
    )
