"""What commands do to examine a device: look at it and around it, tell what was found, keep a record."""

import asyncio
import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from app.commands.device import device_failure
from app.commands.failure import CommandError
from app.commands.speech import say, tell, texts
from backend.api.channel import channel_file
from backend.api.client import NodeNotRunning, ask
from backend.collector.trial import Trial, try_out
from backend.drivers.contract import DeviceError
from backend.model.clock import SystemClock
from backend.model.device import Device
from backend.model.event import Event
from backend.model.message import Message
from backend.model.reading import Reading
from backend.quality.commissioning.look import Check, Finding, Look, Neighbour
from backend.settings.node import NodeSettings
from backend.store.contract import Reader

ByOption = Annotated[str, typer.Option("--by", help=say("Who does this, for the record; else your login name."))]
DespiteOption = Annotated[
    list[Check] | None, typer.Option("--despite", help=say("A check that refuses, overruled; needs --because."))
]
BecauseOption = Annotated[str, typer.Option("--because", help=say("Why a check is overruled; recorded with your name."))]
WatchOption = Annotated[
    float, typer.Option("--watch", min=0, max=60, help=say("Seconds between two readings, in which registers should move."))
]
WATCH_S = 6.0
_FRESH_MS = 60_000
_SHORTEST_REASON = 4


def person(by: str) -> str:
    """Who does this."""
    return by.strip() or getpass.getuser()


def try_device(device: Device, cache: Path, settings: NodeSettings | None, seconds: float, known_kind: bool) -> Trial:
    """By the running node, whose drivers may have a port that nobody else can have; else directly. Raises ``CommandError``."""
    import msgspec

    asked = {"device": msgspec.to_builtins(device), "seconds": seconds, "known_kind": known_kind}
    try:
        answer = ask(channel_file(cache), "try_out", timeout_s=180.0, **asked)
    except NodeNotRunning:
        return asyncio.run(_directly(device, settings, seconds, known_kind))
    return msgspec.convert(answer["trial"], Trial)


async def _directly(device: Device, settings: NodeSettings | None, seconds: float, known_kind: bool) -> Trial:
    from backend.drivers.index import POLLING, scheme_of

    driver = POLLING[scheme_of(device.address)](settings, None)
    try:
        return await try_out(device, driver, SystemClock(), asyncio.sleep, seconds, known_kind)
    except DeviceError as error:
        raise device_failure(device.address, error) from error


async def neighbours(reader: Reader, site: str, now_ms: int) -> list[Neighbour]:
    """Registered devices: all nameplates, and what those of the same site say now."""
    plates = {status.device: status.plate for status in await reader.statuses()}
    latest = await reader.latest()
    found: list[Neighbour] = []
    for device in await reader.devices():
        own = fresh(device, latest, now_ms) if device.site == site else {}
        values = {name: reading.value for name, reading in own.items() if reading.quality.is_good and reading.value is not None}
        found.append(Neighbour(device, plates.get(device.key, Neighbour(device).plate), values))
    return found


def fresh(device: Device, latest: Mapping[str, Reading], now_ms: int) -> dict[str, Reading]:
    """What is not older than a few intervals of the device, by the names of its points."""
    oldest_ms = now_ms - max(_FRESH_MS, round(3000 * device.interval_s))
    prefix = f"{device.key}/"
    return {key.removeprefix(prefix): each for key, each in latest.items() if key.startswith(prefix) and each.at_ms >= oldest_ms}


def look_of(trial: Trial, settings: NodeSettings, around: Sequence[Neighbour]) -> Look:
    """One look at a device that was tried out."""
    description = trial.description
    return Look(
        trial.device,
        next(site for site in settings.sites if site.key == trial.device.site),
        trial.at_ms,
        trial.plate,
        trial.readings,
        trial.before,
        description.rated_w,
        trial.clock_off_ms,
        description.total_w,
        description.phases_w,
        [each for each in around if each.device.key != trial.device.key],
    )


def tell_findings(findings: Sequence[Finding]) -> None:
    """What was found, what it means, what to do."""
    voice = texts()
    if not findings:
        tell(say("All checks passed."))
    for finding in findings:
        verdict = say("Refused") if finding.refuses else say("Doubtful")
        tell(f"{verdict} ({finding.check}): {voice.say_message(finding.found)}")
        tell(f"  {voice.say_message(finding.means)}")
        tell(f"  {voice.say_message(finding.do)}")


def check_reason(despite: Sequence[Check], because: str) -> None:
    """Who overrules a check says why. Raises ``CommandError``."""
    if despite and len(because.strip()) < _SHORTEST_REASON:
        raise CommandError(
            Message("--despite needs a reason."),
            Message("It is recorded with your name, for whoever asks later."),
            Message("Say why with --because TEXT."),
            code=2,
        )


def admit(findings: Sequence[Finding], despite: Sequence[Check]) -> None:
    """Raises ``CommandError`` where a check refuses that nobody overruled."""
    refused = sorted({finding.check.value for finding in findings if finding.refuses and finding.check not in despite})
    if refused:
        raise CommandError(
            Message("Refused by these checks: {checks}", {"checks": ", ".join(refused)}),
            Message("What they found stands above; values of such a device would be wrong."),
            Message("Mend it, or overrule with: {options} --because TEXT", {"options": _options(refused)}),
        )


def _options(checks: Sequence[str]) -> str:
    return " ".join(f"--despite {check}" for check in checks)


def keep_record(cache: Path, event: Event) -> bool:
    """On disk in any case; whether a running node has taken it over already."""
    from backend.collector.records import leave

    leave(cache, event)
    try:
        ask(channel_file(cache), "records")
    except NodeNotRunning:
        return False
    return True


def facts(by: str, act: str, device: Device, despite: Sequence[Check], because: str) -> dict[str, str | float | None]:
    """The beginning of a record."""
    return {
        "by": person(by),
        "act": act,
        "address": device.address,
        "kind": device.kind.value,
        "rated_w": device.rated_w,
        "despite": " ".join(sorted(check.value for check in despite)),
        "because": because.strip(),
    }


def known_site(settings: NodeSettings, site: str) -> None:
    """Raises ``CommandError`` where the settings have no such site."""
    known = [each.key for each in settings.sites]
    if site not in known:
        raise CommandError(
            Message("The settings have no site “{site}”.", {"site": site}),
            Message("Known are: {known}", {"known": ", ".join(known)}),
            Message("Name one of them with --site."),
            code=2,
        )


def running_settings(cache: Path) -> Path | None:
    """The settings file of the node that runs on this cache."""
    try:
        answer = ask(channel_file(cache), "status")
    except NodeNotRunning:
        return None
    named = cast("str", answer.get("settings", ""))
    return Path(named) if named else None
